namespace ChatApp.LocalStack.Launch;

/// <summary>Why the local stack can't start, in one line that says what to do.</summary>
public sealed class LaunchException(string message, Exception? inner = null) : Exception(message, inner);
