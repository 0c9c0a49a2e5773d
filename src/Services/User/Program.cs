using ChatApp.Platform;
using ChatApp.Platform.Database;
using ChatApp.User;
using ChatApp.User.Profiles;
using ChatApp.User.Relationships;
using ChatApp.User.Settings;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddPostgres("user", schema: "users");
builder.Services.AddValidation();
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, UserJson.Default));
builder.Services.AddSingleton<ProfileStore>();
builder.Services.AddSingleton<ProfileSearch>();
builder.Services.AddSingleton<RelationshipStore>();
builder.Services.AddSingleton<ContactStore>();
builder.Services.AddSingleton<SettingsStore>();
builder.Services.AddSingleton<ISeed, UserSeed>();
builder.Services.AddOwnedStates();

var app = builder.Build();

app.UseServiceDefaults();
app.MapProfiles();
app.MapRelationships();
app.MapBlocks();
app.MapSettings();
app.MapAuthEvents();

await app.RunServiceAsync(args);
