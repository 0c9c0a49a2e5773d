using ChatApp.Chat;
using ChatApp.Chat.Conversations;
using ChatApp.Chat.Directory;
using ChatApp.Chat.Memberships;
using ChatApp.Chat.Messages;
using ChatApp.Chat.Sync;
using ChatApp.Platform;
using ChatApp.Platform.Database;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddMongo("chat");

builder.Services.AddValidation();
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ChatJson.Default));
builder.Services.AddSingleton<ConversationStore>();
builder.Services.AddSingleton<ConversationStarter>();
builder.Services.AddSingleton<ConversationViews>();
builder.Services.AddSingleton<MembershipStore>();
builder.Services.AddSingleton<MembershipProjection>();
builder.Services.AddSingleton<MemberChanges>();
builder.Services.AddSingleton<MessageStore>();
builder.Services.AddSingleton<MessageLog>();
builder.Services.AddSingleton<LogReader>();
builder.Services.AddSingleton<KnownLogs>();
builder.Services.AddSingleton<SyncStore>();
builder.Services.AddSingleton<UserDirectory>();
builder.Services.AddSingleton<BlockStore>();
builder.Services.AddSingleton<People>();
builder.Services.AddSingleton<Projections>();
builder.Services.AddHostedService(services => services.GetRequiredService<Projections>());
builder.Services.AddSingleton<ISeed, ChatSeed>();
builder.Services.AddReadModels();

var app = builder.Build();

app.UseServiceDefaults();
app.MapConversations();
app.MapMemberships();
app.MapMessages();
app.MapSync();
app.MapUserEvents();
app.UseChangeEvents();

await app.RunServiceAsync(args);
