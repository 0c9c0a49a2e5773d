using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using ChatApp.Platform;

namespace ChatApp.Auth.Sessions;

/// <summary>An opaque token of 256 bits. The client has the token, the database only its hash.</summary>
internal sealed record RefreshToken(byte[] Value)
{
    private const int Size = 32;

    public byte[] Hash => SHA256.HashData(Value);

    public static RefreshToken Random() => new(RandomNumberGenerator.GetBytes(Size));

    public static bool TryParse(string text, [NotNullWhen(true)] out RefreshToken? token)
    {
        var value = new byte[Size];
        token = Base64Url.IsValid(text, out var size) && size == Size && Base64Url.TryDecodeFromChars(text, value, out _) ? new RefreshToken(value) : null;
        return token is not null;
    }

    /// <summary>The token as the client has it; not for logs.</summary>
    public string Reveal() => Base64Url.EncodeToString(Value);

    public override string ToString() => nameof(RefreshToken);
}

/// <summary>
/// Makes the successor of a token from the token itself and a secret: a client that lost the answer to a refresh gets the same successor again, though it is
/// stored nowhere. Without the secret, who has a token can't tell the next one.
/// </summary>
internal sealed class Succession(IConfiguration configuration)
{
    private readonly byte[] _secret = HKDF.DeriveKey(
        HashAlgorithmName.SHA256,
        Encoding.UTF8.GetBytes(configuration.Required("Keys:Passphrase")),
        outputLength: 32,
        info: "chatapp successor of a refresh token"u8.ToArray());

    public RefreshToken SuccessorOf(RefreshToken token) => new(HMACSHA256.HashData(_secret, token.Value));
}
