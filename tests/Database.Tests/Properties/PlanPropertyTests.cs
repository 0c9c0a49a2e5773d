using CsCheck;
using Npgsql;

namespace ChatApp.Database.Tests.Properties;

public sealed class PlanPropertyTests(SchemaLab lab) : IClassFixture<SchemaLab>
{
    /// <summary>As many as take about ten seconds.</summary>
    private const int Changes = 100;

    /// <summary>The same changes in every run; with the environment variable CsCheck_Time, that many seconds of new ones.</summary>
    [Fact]
    public async Task Every_plan_that_is_not_refused_leads_to_the_declared_schema()
    {
        var (applied, refused, invalid) = (0, 0, 0);
        if (Check.Time > 0)
            await SpecGen.Change.SampleAsync(CheckAsync, print: Print, time: Check.Time, threads: 1);
        else
        {
            var random = new PCG(1, 1);
            for (var i = 0; i < Changes; i++)
                await CheckAsync(SpecGen.Change.Generate(random, null, out _));
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{applied} applied, {refused} refused, {invalid} invalid");
        Assert.True(applied > (refused + invalid) * 2, $"{applied} applied, {refused} refused, {invalid} invalid");

        async Task CheckAsync((SchemaSpec From, SchemaSpec To) change)
        {
            try
            {
                var (plan, left) = await lab.TryLeadAsync(change.From.ToString(), change.To.ToString());
                if (plan.Refusals.Count > 0)
                    refused++;
                else
                    applied++;
                if (left.Count > 0)
                    throw new InvalidOperationException($"{Print(change)}\n-- left\n{string.Join('\n', left)}\n-- plan\n{SchemaLab.Script(plan)}");
            }
            catch (PostgresException)
            {
                // The numbers made no schema.
                invalid++;
            }
        }
    }

    private static string Print((SchemaSpec From, SchemaSpec To) change) => $"-- from\n{change.From}\n-- to\n{change.To}";
}
