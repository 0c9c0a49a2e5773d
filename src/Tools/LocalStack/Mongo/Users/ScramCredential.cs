using System.Security.Cryptography;
using System.Text;

namespace ChatApp.LocalStack.Mongo.Users;

/// <summary>What a server keeps of a password (RFC 5802, RFC 7677): enough to check who knows it, too little to sign in with.</summary>
internal sealed record ScramCredential(byte[] Salt, int Iterations, byte[] StoredKey, byte[] ServerKey)
{
    // As MongoDB has them.
    private const int NewIterations = 15_000, SaltSize = 28;

    public static ScramCredential Of(string password) => Of(password, RandomNumberGenerator.GetBytes(SaltSize), NewIterations);

    public static ScramCredential Of(string password, byte[] salt, int iterations)
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        return new ScramCredential(salt, iterations, SHA256.HashData(clientKey), HMACSHA256.HashData(salted, "Server Key"u8));
    }

    /// <summary>For a name that no user has: it looks like one, always the same, and no password fits.</summary>
    public static ScramCredential Decoy(byte[] secret, string database, string name) => new(
        HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{database}\0{name}"))[..SaltSize],
        NewIterations,
        RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes),
        RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes));
}
