using ChatApp.LocalStack.Broker;
using ChatApp.LocalStack.Mongo;
using ChatApp.LocalStack.Sidecar;
using ChatApp.LocalStack.Telemetry;

return args switch
{
    ["broker", .. var rest] => await BrokerProcess.RunAsync(rest),
    ["mongo", .. var rest] => await MongoGatewayProcess.RunAsync(rest),
    ["telemetry", .. var rest] => await TelemetryProcess.RunAsync(rest),
    ["sidecar", .. var rest] => await SidecarProcess.RunAsync(rest),
    _ => Usage()
};

static int Usage()
{
    Console.Error.WriteLine("usage: ChatApp.LocalStack broker|mongo|sidecar|telemetry [options]");
    return 2;
}
