namespace ChatApp.Database.Tests.Planning;

/// <summary>One change of a schema and the statements that are expected of it.</summary>
/// <param name="Name">So that a failing case can be found.</param>
/// <param name="Hazards">The dangers of the statements, as the report words them.</param>
public sealed record Change(string Name, string From, string To, string[] Statements, params string[] Hazards)
{
    public override string ToString() => Name;
}
