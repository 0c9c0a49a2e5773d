namespace ChatApp.LocalStack.Sidecar.Policies;

/// <summary>The app answered with a status that means failure; a retry's matching decides by it.</summary>
internal class StatusException(int code, string message) : Exception(message)
{
    public int Code => code;
}

/// <summary>Trying again cannot help, or cannot be done any more.</summary>
internal class PermanentException(string message, Exception? inner = null) : Exception(message, inner);

internal sealed class CircuitOpenException(string message) : Exception(message);
