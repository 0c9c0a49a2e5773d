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
builder.AddMongo("chat", ConversationStore.Collection, MessageStore.Collection, MembershipStore.Collection);

builder.Services.AddValidation();
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ChatJson.Default));
builder.Services.AddSingleton<ConversationStore>();
builder.Services.AddSingleton<ConversationStarter>();
builder.Services.AddSingleton<ConversationViews>();
builder.Services.AddSingleton<Audiences>();
builder.Services.AddSingleton<MembershipStore>();
builder.Services.AddSingleton<MessageStore>();
builder.Services.AddSingleton<MessageLog>();
builder.Services.AddSingleton<Tails>();
builder.Services.AddSingleton<SyncStore>();
builder.Services.AddSingleton<UserDirectory>();
builder.Services.AddSingleton<BlockStore>();
builder.Services.AddSingleton<Projections>();
builder.Services.AddSingleton<ISeed, ChatSeed>();
builder.Services.AddReadModels();

var app = builder.Build();

app.UseServiceDefaults();
app.MapConversations();
app.MapMemberships();
app.MapMessages();
app.MapSync();
app.MapUserEvents();
app.UseProjections();

await app.RunServiceAsync(args);
