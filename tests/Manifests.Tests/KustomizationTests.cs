namespace ChatApp.Manifests.Tests;

public sealed class KustomizationTests
{
    [Fact]
    public void Every_file_that_is_named_is_there() =>
        Assert.All(Overlays.Kustomizations.SelectMany(Kustomize.Files), file => Assert.True(File.Exists(Repository.Path(file)), file));

    [Fact]
    public void Every_file_that_is_there_is_named()
    {
        var named = Overlays.Kustomizations.SelectMany(Kustomize.Files).ToHashSet();

        Assert.All(
            Directory.EnumerateFiles(Repository.Path("deploy", "kubernetes"), "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Repository.Root, file))
                .Where(file => !file.Contains("/secrets/", StringComparison.Ordinal)),
            file => Assert.Contains(file, named));
    }

    [Theory]
    [MemberData(nameof(Overlays.Names), MemberType = typeof(Overlays))]
    public void What_a_sidecar_reads_is_sent_before_it_starts(string overlay)
    {
        var kinds = Overlays.Named(overlay).ConvertAll(resource => resource.Kind());

        Assert.Equal("Namespace", kinds[0]);
        Assert.All((string[])["Component", "Configuration", "Resiliency"], kind => Assert.True(kinds.LastIndexOf(kind) < kinds.IndexOf("Deployment"), kind));
        if (overlay != "scaled")
            Assert.Equal("fifo", Repository.Yaml($"deploy/kubernetes/overlays/{overlay}/kustomization.yaml").Text("sortOptions", "order"));
    }

    /// <summary>One namespace, so that a policy of access names the right one; and no resource twice.</summary>
    [Theory]
    [MemberData(nameof(Overlays.Names), MemberType = typeof(Overlays))]
    public void Everything_is_in_one_namespace_and_there_once(string overlay)
    {
        var resources = Overlays.Named(overlay);

        Assert.All(resources.Where(resource => resource.Kind() != "Namespace"), resource => Assert.Equal("chatapp", resource.Text("metadata", "namespace")));
        Assert.Equal(resources.Count, resources.Select(Nodes.Describe).Distinct().Count());
    }
}
