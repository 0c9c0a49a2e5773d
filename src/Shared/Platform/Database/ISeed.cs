namespace ChatApp.Platform.Database;

/// <summary>What a database holds before a history is stored in it.</summary>
public enum Holding
{
    Nothing,

    /// <summary>This history, or the beginning of it.</summary>
    ThisHistory,

    /// <summary>Something else.</summary>
    Others,
}

public static class Holdings
{
    /// <param name="any">Whether the database holds anything.</param>
    /// <param name="begun">Whether it holds what the first event of the history makes.</param>
    public static Holding Of(bool any, bool begun) => begun ? Holding.ThisHistory : any ? Holding.Others : Holding.Nothing;
}

/// <summary>
/// Fills a service's own database with a history that is told in events: the service stores what it would have stored, had it all happened, and publishes
/// nothing. Each service is told the same history, so what they store agrees.
/// </summary>
public interface ISeed
{
    /// <param name="first">The first event of the history, one of the contracts: who has what it makes has begun with this history.</param>
    Task<Holding> HoldsAsync(object first, CancellationToken ct);

    /// <summary>Stores what is not there yet; what the service does not keep is passed over.</summary>
    /// <returns>What the database holds of the history now, in words.</returns>
    Task<IReadOnlyList<string>> StoreAsync(IAsyncEnumerable<object> history, Action<string> progress, CancellationToken ct);
}
