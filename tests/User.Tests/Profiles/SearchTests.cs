using System.Net.Http.Json;

namespace ChatApp.User.Tests.Profiles;

public sealed class SearchTests(UserApi user) : IClassFixture<UserApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task People_are_found_by_the_beginning_of_either_name_whatever_its_case()
    {
        var me = await user.SignUpAsync();
        var byUsername = await user.SignUpAsync("Zoltan_1", "Someone");
        var byDisplayName = await user.SignUpAsync(displayName: "ZOLTÁN Kodály");
        await user.SignUpAsync(displayName: "Not Zoltan");

        Assert.Equal([byUsername.Id, byDisplayName.Id], (await SearchAsync(me, "zolt")).Items.Select(person => person.Id));
        Assert.Equal([byDisplayName.Id], (await SearchAsync(me, "zoltán")).Items.Select(person => person.Id));
    }

    [Fact]
    public async Task Signs_of_patterns_are_just_signs()
    {
        var me = await user.SignUpAsync();
        var wanted = await user.SignUpAsync("q_x1");
        await user.SignUpAsync("qax1");

        Assert.Equal([wanted.Id], (await SearchAsync(me, "q_")).Items.Select(person => person.Id));
        Assert.Empty((await SearchAsync(me, "q%")).Items);
        Assert.Empty((await SearchAsync(me, "q\\")).Items);
    }

    [Fact]
    public async Task Parts_of_the_list_join_without_gap_or_repeat()
    {
        var me = await user.SignUpAsync();
        List<Guid> expected = [];
        for (var i = 0; i < 5; i++)
            expected.Add((await user.SignUpAsync($"pager_{i}", "Same Name")).Id);
        List<Guid> named = [];
        for (var i = 0; i < 5; i++)
            named.Add((await user.SignUpAsync(displayName: "Pager")).Id);
        expected.AddRange(named.Order());

        List<Guid> found = [];
        string? next = null;
        do
        {
            var page = await SearchAsync(me, "PAGER", $"&limit=3&after={next}"[..(next is null ? 8 : ^0)]);
            Assert.True(page.Items.Count <= 3);
            found.AddRange(page.Items.Select(person => person.Id));
            next = page.Next;
        }
        while (next is not null);

        Assert.Equal(expected, found);
    }

    [Fact]
    public async Task Blocked_private_and_undiscoverable_people_and_I_myself_are_not_found()
    {
        var me = await user.SignUpAsync("hidden_me");
        var seen = await user.SignUpAsync("hidden_seen");
        var (blocked, blocking) = (await user.SignUpAsync("hidden_blocked"), await user.SignUpAsync("hidden_blocking"));
        var (reclusive, undiscoverable) = (await user.SignUpAsync("hidden_private"), await user.SignUpAsync("hidden_setting"));
        await UserApi.BlockAsync(me, blocked);
        await UserApi.BlockAsync(blocking, me);
        await reclusive.Client.PatchAsJsonAsync("/me", new { visibility = "private" }, Cancel);
        await undiscoverable.Client.PatchAsJsonAsync("/settings", new { discoverable = false }, Cancel);

        Assert.Equal([seen.Id], (await SearchAsync(me, "hidden")).Items.Select(person => person.Id));
    }

    [Theory]
    [InlineData("query", "/users")]
    [InlineData("query", "/users?query=%20")]
    [InlineData("limit", "/users?query=a&limit=51")]
    [InlineData("limit", "/users?query=a&limit=many")]
    [InlineData("after", "/users?query=a&after=nonsense!")]
    public async Task A_parameter_that_will_not_do_is_named(string field, string path)
    {
        var me = await user.SignUpAsync();

        Assert.Equal([field], await UserApi.BadFieldsAsync(await me.Client.GetAsync(path, Cancel)));
    }

    private static Task<Page<Listed>> SearchAsync(Person me, string query, string more = "") =>
        UserApi.ListAsync(me, $"/users?query={Uri.EscapeDataString(query)}{more}");
}
