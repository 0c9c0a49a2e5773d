using System.Text.RegularExpressions;

namespace ChatApp.Manifests.Tests;

/// <summary>Secrets are made by <c>./chat env</c> and are in no file of the repository.</summary>
public sealed partial class SecretTests
{
    private const string Local = "deploy/kubernetes/overlays/local/kustomization.yaml";

    /// <summary>Which images are run: no secret, and has a default.</summary>
    private static readonly string[] OfImages = ["CHATAPP_REGISTRY", "CHATAPP_TAG", "CHATAPP_PULL"];

    [Fact]
    public void Every_secret_of_the_local_overlay_is_written() =>
        Assert.Equal(
            Repository.Yaml(Local).List("secretGenerator").SelectMany(secret => secret.Texts("envs")).Order(),
            ChatEnv.Files.Keys.Select(name => $"secrets/{name}.env").Order());

    /// <summary>kustomize takes what stands behind the first "=" as it is.</summary>
    [Fact]
    public void No_value_for_the_cluster_is_quoted() =>
        Assert.All(ChatEnv.Files.SelectMany(file => file.Value), variable => Assert.DoesNotMatch("^['\"]|['\"]$", variable.Value));

    [Theory]
    [InlineData("docker-compose.yml")]
    [InlineData("docker-compose.full.yml")]
    public void Every_variable_of_a_compose_file_is_in_the_environment_file(string file) =>
        Assert.All(
            Variable().Matches(Repository.Read(file)).Select(match => match.Groups[1].Value).Distinct().Except(OfImages),
            name => Assert.Contains(name, ChatEnv.Printed.Keys));

    [Theory]
    [InlineData("docker-compose.yml")]
    [InlineData("docker-compose.full.yml")]
    public void No_password_has_a_default(string file) =>
        Assert.DoesNotContain(Variable().Matches(Repository.Read(file)), match =>
            match.Value.Contains(":-", StringComparison.Ordinal) && !OfImages.Contains(match.Groups[1].Value));

    [Theory]
    [InlineData("docker-compose.yml")]
    [InlineData("docker-compose.full.yml")]
    public void Ports_are_on_loopback_and_images_have_a_version(string file) => Assert.All(Repository.Yaml(file).Map("services"), service =>
    {
        Assert.All(service.Value.Texts("ports"), port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
        Assert.Matches(@":(\d+\.\d+(\.\d+)?|\$\{CHATAPP_TAG:-latest\})$", service.Value.Text("image"));
    });

    /// <summary>In a container a service finds its database as <c>./chat env --kubernetes</c> says, with the passwords of .env.</summary>
    [Theory]
    [InlineData("auth")]
    [InlineData("user")]
    [InlineData("chat")]
    [InlineData("notification")]
    public void A_container_reaches_its_database_with_the_role_of_its_service(string appId) =>
        Assert.All(ChatEnv.Of(appId).Where(variable => variable.Key.StartsWith("ConnectionStrings__", StringComparison.Ordinal)), variable =>
        {
            var role = variable.Key.EndsWith("_owner", StringComparison.Ordinal) ? "owner" : "service";
            var inCompose = Repository.Yaml("docker-compose.full.yml").Text("services", appId, "environment", variable.Key)!;
            Assert.Contains($"{appId}_{role}", inCompose, StringComparison.Ordinal);
            Assert.Contains($"${{{appId.ToUpperInvariant()}_{role.ToUpperInvariant()}_PASSWORD", inCompose, StringComparison.Ordinal);
            Assert.Contains($"{appId}_db", inCompose, StringComparison.Ordinal);
            Assert.Contains($"{appId}_{role}", variable.Value, StringComparison.Ordinal);
        });

    [GeneratedRegex(@"\$\{(\w+)[^}]*\}")]
    private static partial Regex Variable();
}
