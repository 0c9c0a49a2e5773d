using ChatApp.Auth;
using ChatApp.Auth.Accounts;
using ChatApp.Auth.Keys;
using ChatApp.Auth.Sessions;
using ChatApp.Platform;
using ChatApp.Platform.Database;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddPostgres("auth", schema: "auth");
builder.Services.AddValidation();
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, AuthJson.Default));
builder.AddAccounts();
builder.AddSessions();
builder.AddKeys();

var app = builder.Build();

app.UseServiceDefaults();
app.MapAccounts();
app.MapSessions();
app.MapKeys();

await app.RunServiceAsync(args);
