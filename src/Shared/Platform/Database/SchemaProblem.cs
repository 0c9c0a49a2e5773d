namespace ChatApp.Platform.Database;

/// <summary>What keeps a database from being migrated, and what to do about it, in words.</summary>
internal static class SchemaProblem
{
    /// <param name="steps">The whole history.</param>
    /// <param name="target">The database's name on the command line: <c>./chat db repair {target}</c>.</param>
    /// <returns>The first problem, or null.</returns>
    public static string? Find(IReadOnlyList<SchemaStep> steps, string target)
    {
        if (First(StepState.Duplicate) is { } twice)
        {
            var names = string.Join(" and ", steps.Where(step => step.Version == twice.Version && step.State == StepState.Duplicate).Select(step => step.Name));
            return $"two migrations have version {twice.Version}: {names}. Give one of them the next number.";
        }

        if (First(StepState.Unknown) is { } unknown)
        {
            return steps.SkipWhile(step => step != unknown).All(step => step.State == StepState.Unknown)
                ? $"it is newer than this program, which does not know migration {unknown.Name}. Start the version of the service that has it."
                : $"migration {unknown.Name} was applied but is not in this program. Put it back: a migration that was applied stays.";
        }

        if (First(StepState.Changed) is { } changed)
        {
            return $"migration {changed.Name} was changed after it was applied. Put its text back and write a new migration; "
                + $"only if the database is as the new text says, accept it with `./chat db repair {target}`.";
        }

        if (First(StepState.HalfApplied) is { } half)
        {
            return $"migration {half.Name} stopped half-way: it does not run in a transaction. Undo what it did, then let it run again with `./chat db repair {target}`.";
        }

        return First(StepState.OutOfOrder) is { } late
            ? $"migration {late.Name} comes before one that is applied already. Give it the next number."
            : null;

        SchemaStep? First(StepState state) => steps.FirstOrDefault(step => step.State == state);
    }
}
