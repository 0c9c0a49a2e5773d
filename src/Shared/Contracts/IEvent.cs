namespace ChatApp.Contracts;

/// <summary>
/// A fact that one service tells the others. Never edited once published: fields are only added; any other change is a new version of the type.
/// </summary>
public interface IEvent
{
    /// <summary>The stream that carries it; all events of one aggregate share a topic, so that their order is kept.</summary>
    static abstract string Topic { get; }

    /// <summary>The CloudEvents <c>type</c>, with its version: <c>auth.user.registered.v1</c>.</summary>
    static abstract string Type { get; }

    /// <summary>The aggregate that the event is about, as text; events with one key are delivered in order. Not part of the event's JSON.</summary>
    string Key { get; }
}
