using ChatApp.LocalStack.Mongo;

namespace ChatApp.LocalStack.Tests.Mongo;

public sealed class AptSourceTests
{
    [Theory]
    [InlineData("deb http://mirror.example/debian bookworm main contrib", "http://mirror.example/debian")]
    [InlineData("  deb\t[arch=amd64 signed-by=/keys/debian.gpg]  http://mirror.example/debian  trixie  main # ours", "http://mirror.example/debian")]
    [InlineData("deb http://mirror.example/debian bookworm-updates main", null)]
    [InlineData("deb http://mirror.example/security bookworm/updates main", null)]
    [InlineData("deb https://packages.example/node nodistro other", null)]
    [InlineData("deb-src http://mirror.example/debian bookworm main", null)]
    [InlineData("# deb http://mirror.example/debian bookworm main", null)]
    [InlineData("", null)]
    public void A_line_names_a_mirror_if_it_is_the_distribution_itself(string line, string? mirror) =>
        Assert.Equal(mirror, AptSource.FromLines([line]).SingleOrDefault()?.Uri);

    [Fact]
    public void A_stanza_names_its_mirrors_with_their_keys()
    {
        const string Stanzas =
            """
            # the archive
            Types: deb deb-src
            URIs: http://one.example/debian https://two.example/debian
            Suites: bookworm bookworm-updates
            Components: main
            Signed-By: /keys/debian.gpg

            Types: deb
            URIs: http://one.example/debian-security
            Suites: bookworm-security
            Components: main

            Enabled: no
            Types: deb
            URIs: http://off.example/debian
            Suites: bookworm
            Components: main
            """;

        Assert.Equal(
            [
                "deb [signed-by=/keys/debian.gpg] http://one.example/debian forky main",
                "deb [signed-by=/keys/debian.gpg] https://two.example/debian forky main",
            ],
            AptSource.FromStanzas(Stanzas).Select(source => source.Line("forky")));
    }

    [Fact]
    public void Options_that_the_other_suite_needs_are_kept()
    {
        var source = AptSource.FromLines(["deb [trusted=yes arch=amd64 signed-by=/keys/debian.gpg] file:/mirror bookworm main"]).Single();

        Assert.Equal("deb [signed-by=/keys/debian.gpg trusted=yes] file:/mirror sid main", source.Line("sid"));
    }
}
