using System.Xml.Linq;

namespace ChatApp.Manifests.Tests;

/// <summary>What <c>./chat images</c> makes is what the manifests ask for.</summary>
public sealed class ImageTests
{
    private static readonly XElement Properties = XDocument.Load(Repository.Path("src", "Services", "Directory.Build.props")).Root!.Element("PropertyGroup")!;

    /// <summary>Without the "extra" of the base image no time zone would be known, and the user service would refuse all of them.</summary>
    [Fact]
    public void An_image_has_no_shell_but_time_zones() => Assert.Equal("noble-chiseled-extra", Properties.Element("ContainerFamily")!.Value);

    /// <summary>The arguments of a migration come behind the program, and do not take its place.</summary>
    [Fact]
    public void An_image_begins_with_its_service() => Assert.Equal("Entrypoint", Properties.Element("ContainerAppCommandInstruction")!.Value);

    [Fact]
    public void An_image_has_the_name_that_the_manifests_use()
    {
        Assert.Equal("chatapp/$(MSBuildProjectName.ToLowerInvariant())", Properties.Element("ContainerRepository")!.Value);
        Assert.All(Overlays.Local.OfKind("Deployment"), service => Assert.Equal($"chatapp/{service.Name()}", service.Container().Text("image")));
        Assert.All(Overlays.Local.OfKind("Deployment"), service => Assert.Equal("Never", service.Container().Text("imagePullPolicy")));
        Assert.All(Overlays.Production.OfKind("Deployment"), service =>
            Assert.EndsWith($"/chatapp/{service.Name()}:1.0.0", service.Container().Text("image"), StringComparison.Ordinal));
    }
}
