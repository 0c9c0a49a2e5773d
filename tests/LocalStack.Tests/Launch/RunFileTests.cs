using ChatApp.LocalStack.Launch;

namespace ChatApp.LocalStack.Tests.Launch;

public sealed class RunFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chatapp-run-file");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void An_app_gets_absolute_paths_and_the_common_environment_under_its_own()
    {
        var file = Read(
            """
            version: 1
            common:
              resourcesPaths: [./components]
              configFilePath: ./components/configuration.yaml
              env: { A: common, B: common }
            apps:
              - appID: chat
                appDirPath: ./src/Chat
                appPort: 8083
                daprHTTPPort: 3503
                daprGRPCPort: 50013
                command: ["dotnet", "chat.dll"]
                env: { B: own }
            """);

        var app = Assert.Single(file.Apps);
        Assert.Equal(Path.Combine(_folder.FullName, "src", "Chat"), app.Directory);
        Assert.Equal([Path.Combine(_folder.FullName, "components")], file.ResourcePaths);
        Assert.Equal("common", app.Environment["A"]);
        Assert.Equal("own", app.Environment["B"]);
    }

    [Fact]
    public void A_key_that_dapr_would_ignore_is_refused_by_name()
    {
        var refused = Assert.Throws<LaunchException>(() => Read(
            """
            version: 1
            apps:
              - appId: chat
            """));

        Assert.Contains("appId", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_said_with_its_path()
    {
        var refused = Assert.Throws<LaunchException>(() => RunFile.Read(_folder.FullName));

        Assert.Contains(Path.Combine(_folder.FullName, "dapr.yaml"), refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    public void Another_broker_is_another_folder_of_components_in_the_same_place(string broker)
    {
        var file = Read("common: { resourcesPaths: [./components/kafka, ./components/shared] }");

        Assert.Equal("kafka", file.Broker);
        Assert.Equal(
            new[] { broker, "shared" }.Select(folder => Path.Combine(_folder.FullName, "components", folder)), file.With(broker).ResourcePaths);
    }

    [Fact]
    public void A_file_without_a_broker_is_refused_with_those_that_there_are()
    {
        var refused = Assert.Throws<LaunchException>(() => Read("common: { resourcesPaths: [./components/shared] }").Broker);

        Assert.Contains("components/kafka, components/redis, components/rabbitmq", refused.Message, StringComparison.Ordinal);
    }

    private RunFile Read(string text)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "dapr.yaml"), text);
        return RunFile.Read(_folder.FullName);
    }
}
