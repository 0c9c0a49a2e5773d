namespace ChatApp.Platform.Messaging;

/// <summary>Events that are stored until the broker has them.</summary>
internal interface IOutbox
{
    Task<OutboxBacklog> BacklogAsync(CancellationToken ct);
}
