namespace ChatApp.Platform;

/// <summary>Why a service can't start, in one sentence that names the remedy.</summary>
public sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);
