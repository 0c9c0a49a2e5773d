using ChatApp.Notification;
using ChatApp.Notification.Directory;
using ChatApp.Notification.Inbox;
using ChatApp.Notification.Memberships;
using ChatApp.Notification.Preferences;
using ChatApp.Platform;
using ChatApp.Platform.Database;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddMongo("notification");

builder.Services.AddValidation();
builder.Services.AddSingleton<InboxStore>();
builder.Services.AddSingleton<NotificationStore>();
builder.Services.AddSingleton<MessageNotifier>();
builder.Services.AddSingleton<MembershipStore>();
builder.Services.AddSingleton<PreferenceStore>();
builder.Services.AddSingleton<UserDirectory>();
builder.Services.AddSingleton<BlockStore>();
builder.Services.AddSingleton<ConversationDirectory>();
builder.Services.AddSingleton<Recipients>();
builder.Services.AddSingleton<UserEvents>();
builder.Services.AddSingleton<ISeed, NotificationSeed>();
builder.Services.AddReadModels();

var app = builder.Build();

app.UseServiceDefaults();
app.MapInbox();
app.MapPreferences();
app.MapChatEvents();
app.MapUserEvents();
app.UseInboxEvents();

await app.RunServiceAsync(args);
