namespace ChatApp.LocalStack.Postgres;

/// <summary>A store can't be brought up; the message is one line that says what to do about it.</summary>
public sealed class StoreException(string message) : Exception(message);
