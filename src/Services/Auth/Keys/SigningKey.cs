using System.Security.Cryptography;
using ChatApp.Platform;
using Microsoft.IdentityModel.Tokens;

namespace ChatApp.Auth.Keys;

/// <summary>The public half of a key, as others read it (RFC 7517).</summary>
internal sealed record PublicKey(string Kty, string Crv, string X, string Y, string Use, string Alg, string Kid);

/// <summary>A key as it is stored: the private half only encrypted.</summary>
internal sealed record StoredKey(
    string Kid, string PrivateKey, PublicKey PublicKey, DateTimeOffset NotBefore, DateTimeOffset RetireAt, DateTimeOffset CreatedAt)
{
    // The passphrase is a secret of a machine, not a word that a person chose: stretching it further gains nothing.
    private static readonly PbeParameters Encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterationCount: 10_000);

    public static StoredKey Create(DateTimeOffset notBefore, DateTimeOffset retireAt, DateTimeOffset now, string passphrase)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = pair.ExportParameters(includePrivateParameters: false).Q;
        var kid = Guid.CreateVersion7(now).ToString("N");

        return new StoredKey(
            kid,
            pair.ExportEncryptedPkcs8PrivateKeyPem(passphrase, Encryption),
            new PublicKey(
                "EC", "P-256", Base64UrlEncoder.Encode(point.X), Base64UrlEncoder.Encode(point.Y), "sig", SecurityAlgorithms.EcdsaSha256, kid),
            notBefore,
            retireAt,
            now);
    }

    /// <exception cref="StartupException">The passphrase is not the one that the key was stored with.</exception>
    public SigningCredentials Open(string passphrase)
    {
        var pair = ECDsa.Create();
        try
        {
            pair.ImportFromEncryptedPem(PrivateKey, passphrase);
        }
        catch (CryptographicException exception)
        {
            throw new StartupException(
                "Keys__Passphrase does not open the signing keys in the database. Set the one that they were made with, or remove the rows of auth.signing_keys, which signs everybody out.",
                exception);
        }

        return new SigningCredentials(new ECDsaSecurityKey(pair) { KeyId = Kid }, SecurityAlgorithms.EcdsaSha256);
    }
}
