using ChatApp.Gateway.Clients;
using ChatApp.Gateway.Forwarding;
using ChatApp.Gateway.Home;
using ChatApp.Gateway.OpenApi;
using ChatApp.Gateway.RealTime;
using ChatApp.Platform;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddForwarding();
builder.AddRealTime();
builder.Services.AddSingleton<ApiDocuments>();

var app = builder.Build();

app.UseWebClient();
app.UseServiceDefaults(openToClients: true);
app.MapForwarding();
app.MapHome();
app.MapRealTime();
app.MapApiDocument();
app.MapNothingElse();

await app.RunServiceAsync(args);
