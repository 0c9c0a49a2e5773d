using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ChatApp.LocalStack.Mongo.Users;

/// <summary>The server's side of one SCRAM-SHA-256 exchange, without channel binding: two messages come and two go.</summary>
/// <param name="nonce">The server's share of it: random, and never used again.</param>
internal sealed partial class ScramExchange(string nonce)
{
    private string _signed = "", _nonces = "", _binding = "";
    private ScramCredential? _credential;

    public static ScramExchange New() => new(Convert.ToBase64String(RandomNumberGenerator.GetBytes(24)));

    /// <returns>The server's first message; null when the client's is not understood.</returns>
    public string? Begin(string clientFirst, Func<string, ScramCredential> credentialOf)
    {
        if (ClientFirst().Match(clientFirst) is not { Success: true } first)
            return null;

        _credential = credentialOf(first.Groups["name"].Value.Replace("=2C", ",").Replace("=3D", "="));
        _binding = Convert.ToBase64String(Encoding.UTF8.GetBytes(first.Groups["header"].Value));
        _nonces = first.Groups["nonce"].Value + nonce;
        var answer = $"r={_nonces},s={Convert.ToBase64String(_credential.Salt)},i={_credential.Iterations}";
        _signed = $"{first.Groups["bare"].Value},{answer}";
        return answer;
    }

    /// <returns>The server's last message; null when the client does not know the password.</returns>
    public string? End(string clientFinal)
    {
        if (_credential is not { } credential
            || ClientFinal().Match(clientFinal) is not { Success: true } final
            || final.Groups["binding"].Value != _binding
            || final.Groups["nonce"].Value != _nonces)
            return null;

        var signed = Encoding.UTF8.GetBytes($"{_signed},{final.Groups["unproved"].Value}");
        var proof = new byte[SHA256.HashSizeInBytes];
        if (!Convert.TryFromBase64String(final.Groups["proof"].Value, proof, out var length) || length != proof.Length)
            return null;

        // The proof is the client's key, hidden under what only the stored key's owner can sign.
        var signature = HMACSHA256.HashData(credential.StoredKey, signed);
        for (var i = 0; i < proof.Length; i++)
            proof[i] ^= signature[i];

        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(proof), credential.StoredKey)
            ? $"v={Convert.ToBase64String(HMACSHA256.HashData(credential.ServerKey, signed))}"
            : null;
    }

    [GeneratedRegex(@"^(?<header>[ny],,)(?<bare>n=(?<name>([^,=\0]|=2C|=3D)+),r=(?<nonce>[!-+\x2D-~]+))\z", RegexOptions.ExplicitCapture)]
    private static partial Regex ClientFirst();

    [GeneratedRegex(@"^(?<unproved>c=(?<binding>[A-Za-z0-9+/=]+),r=(?<nonce>[!-+\x2D-~]+)),p=(?<proof>[A-Za-z0-9+/=]+)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex ClientFinal();
}
