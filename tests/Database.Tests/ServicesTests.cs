using ChatApp.Testing;

namespace ChatApp.Database.Tests;

public sealed class ServicesTests
{
    public static TheoryData<string> Services => [.. ServiceDatabase.All(Repository.Root).Select(service => service.Service)];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task The_migrations_of_a_service_build_what_it_declares(string name)
    {
        var service = ServiceDatabase.All(Repository.Root).Single(service => service.Service == name);

        var result = await new SchemaGenerator(TestStores.Postgres).GenerateAsync(service, new GenerateOptions(DryRun: true), TestContext.Current.CancellationToken);

        Assert.True(result.Outcome == GenerateOutcome.NothingToDo, result.Script);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task What_a_service_declares_can_be_derived_whole(string name)
    {
        var service = ServiceDatabase.All(Repository.Root).Single(service => service.Service == name);
        using var sample = new SampleService();
        foreach (var file in service.Declared.GetFiles())
            sample.Declare(Path.GetFileNameWithoutExtension(file.Name), await File.ReadAllTextAsync(file.FullName, TestContext.Current.CancellationToken));

        var result = await sample.GenerateAsync(new GenerateOptions("everything"));

        Assert.True(result.Outcome == GenerateOutcome.Written, string.Join('\n', result.Left ?? []) + result.Script);
        Assert.Equal("V1__everything.sql", result.File!.Name);
        Assert.Empty(result.Hazards);
    }
}
