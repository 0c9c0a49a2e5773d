namespace ChatApp.Platform.Database;

/// <summary>How a migration of the program and the history of the database agree.</summary>
public enum StepState
{
    /// <summary>Applied as it is in the program.</summary>
    Applied,

    /// <summary>To be applied.</summary>
    Pending,

    /// <summary>Its text in the program is not the one that was applied.</summary>
    Changed,

    /// <summary>Not applied, though a later one is.</summary>
    OutOfOrder,

    /// <summary>It was begun outside a transaction and did not end.</summary>
    HalfApplied,

    /// <summary>It was begun and did not end, and is safe to repeat.</summary>
    Interrupted,

    /// <summary>Applied, but not in the program.</summary>
    Unknown,

    /// <summary>Another one has its version.</summary>
    Duplicate,
}

/// <param name="Version">Its place in the history.</param>
/// <param name="Name">The script's file, or the step's name.</param>
/// <param name="State">How it stands.</param>
/// <param name="Text">What it does, for a dry run.</param>
public sealed record SchemaStep(string Version, string Name, StepState State, string? Text = null);
