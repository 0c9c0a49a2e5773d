using ChatApp.Platform;
using ChatApp.Platform.Tokens;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace ChatApp.Auth.Keys;

/// <summary>
/// The signing keys, in memory. A key is announced a day before it signs, signs for a month, and stays published until its last token has expired, so that
/// nobody who checks tokens ever meets a key that they can't know.
/// </summary>
internal sealed class KeyRing(SigningKeyStore store, IConfiguration configuration, TimeProvider time, ILogger<KeyRing> logger) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromDays(30);
    public static readonly TimeSpan Announcement = TimeSpan.FromDays(1);

    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMinutes(5);

    /// <summary>How long a key is published after it has signed its last token; generous, for clocks that differ.</summary>
    private static readonly TimeSpan Farewell = AccessTokens.Lifetime + TimeSpan.FromMinutes(50);

    private readonly string _passphrase = configuration.Required("Keys:Passphrase");

    private IReadOnlyList<Entry> _keys = [];

    /// <summary>The key that signs now.</summary>
    public SigningCredentials Current
    {
        get
        {
            var now = time.GetUtcNow();
            // The first one, if the replica that made it has a clock ahead of ours.
            return (_keys.LastOrDefault(key => key.Stored.NotBefore <= now) ?? _keys[0]).Credentials.Value;
        }
    }

    /// <summary>The keys with which others check: announced, active, and retired ones whose tokens may still be about.</summary>
    public IReadOnlyList<PublicKey> Published => [.. _keys.Select(key => key.Stored.PublicKey)];

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        _ = Current;
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(RefreshInterval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RefreshAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                logger.LogWarning("The signing keys could not be read; those in memory stay in use: {Reason}", exception.Message);
            }
        }
    }

    /// <summary>Reads the keys, and makes the next one when it is time.</summary>
    private async Task RefreshAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var stored = await store.ListAsync(now - Farewell, ct);
        var covered = stored.Count == 0 ? now : stored[^1].RetireAt;

        if (covered <= now + Announcement)
        {
            var from = covered > now ? covered : now;
            await store.AddAsync(StoredKey.Create(from, from + Period, now, _passphrase), ct);
            stored = await store.ListAsync(now - Farewell, ct);
        }

        var known = _keys.ToDictionary(key => key.Stored.Kid);
        _keys = [.. stored.Select(key => known.GetValueOrDefault(key.Kid) ?? new Entry(key, new Lazy<SigningCredentials>(() => key.Open(_passphrase))))];
    }

    private sealed record Entry(StoredKey Stored, Lazy<SigningCredentials> Credentials);
}
