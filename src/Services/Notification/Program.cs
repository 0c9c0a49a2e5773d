using ChatApp.Notification;
using ChatApp.Notification.Directory;
using ChatApp.Notification.Inbox;
using ChatApp.Notification.Preferences;
using ChatApp.Platform;
using ChatApp.Platform.Database;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddMongo("notification", InboxStore.Collection);

builder.Services.AddValidation();
builder.Services.AddSingleton<InboxStore>();
builder.Services.AddSingleton<PreferenceStore>();
builder.Services.AddSingleton<UserDirectory>();
builder.Services.AddSingleton<BlockStore>();
builder.Services.AddSingleton<MembershipStore>();
builder.Services.AddSingleton(services => services.GetRequiredService<UserDirectory>().Copy);
builder.Services.AddSingleton(services => services.GetRequiredService<BlockStore>().Copy);
builder.Services.AddSingleton(services => services.GetRequiredService<MembershipStore>().Copy);
builder.Services.AddSingleton<Recipients>();
builder.Services.AddSingleton<ChatEvents>();
builder.Services.AddSingleton<UserEvents>();
builder.Services.AddSingleton<ISeed, NotificationSeed>();

var app = builder.Build();

app.UseServiceDefaults();
app.MapInbox();
app.MapPreferences();
app.MapChatEvents();
app.MapUserEvents();

await app.RunServiceAsync(args);
