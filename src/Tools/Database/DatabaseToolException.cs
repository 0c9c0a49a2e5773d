namespace ChatApp.Database;

/// <summary>What stopped a command, in one sentence for its user.</summary>
public sealed class DatabaseToolException(string message, Exception? inner = null) : Exception(message, inner);
