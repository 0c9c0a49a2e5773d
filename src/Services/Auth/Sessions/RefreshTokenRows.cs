using ChatApp.Platform.Database;
using Npgsql;

namespace ChatApp.Auth.Sessions;

internal sealed record NewToken(
    Guid Id, Guid UserId, Guid SessionId, Guid? ParentId, byte[] TokenHash, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt,
    DateTimeOffset SessionExpiresAt, string? DeviceName, string? Address);

/// <summary>Rows that are written as a part of something greater.</summary>
internal static class RefreshTokenRows
{
    public static Task StartSessionAsync(this NpgsqlTransaction tx, NewSession session, CancellationToken ct)
    {
        var end = session.At + SessionLimits.Absolute;
        return tx.InsertTokenAsync(
            new NewToken(
                Guid.CreateVersion7(session.At), session.UserId, session.SessionId, ParentId: null, session.Token.Hash, session.At,
                SessionLimits.IdleEnd(session.At, end), end, session.Device.Name, session.Device.Address),
            ct);
    }

    public static Task InsertTokenAsync(this NpgsqlTransaction tx, NewToken token, CancellationToken ct) =>
        tx.ExecuteAsync(
            """
            INSERT INTO refresh_tokens
                (id, user_id, session_id, parent_id, token_hash, issued_at, expires_at, session_expires_at, device_name, address)
            VALUES (@Id, @UserId, @SessionId, @ParentId, @TokenHash, @IssuedAt, @ExpiresAt, @SessionExpiresAt, @DeviceName, @Address)
            """,
            token,
            ct);
}
