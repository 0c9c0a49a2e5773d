using ChatApp.LocalStack.Sidecar.Api;

namespace ChatApp.LocalStack.Sidecar.Secrets;

/// <summary>What one app may read from its secret stores.</summary>
internal sealed class SecretsApi(IReadOnlyDictionary<string, SecretStore> stores, SecretScopes scopes)
{
    public IReadOnlyDictionary<string, string> Get(string store, string key)
    {
        var found = Find(store);

        if (!scopes.Allows(store, key))
            throw new DaprError(403, DaprError.PermissionDenied, "ERR_PERMISSION_DENIED", $"access denied by policy to get \"{key}\" from \"{store}\"");

        return found.Get(key) ?? throw new DaprError(500, DaprError.Internal, "ERR_SECRET_GET",
            $"failed getting secret with key {key} from secret store {store}: secret {key} not found");
    }

    public Dictionary<string, Dictionary<string, string>> GetAll(string store) =>
        Find(store).All.Where(entry => scopes.Allows(store, entry.Key))
            .ToDictionary(entry => entry.Key, entry => new Dictionary<string, string> { [entry.Key] = entry.Value });

    private SecretStore Find(string store)
    {
        if (stores.Count == 0)
            throw new DaprError(500, DaprError.FailedPrecondition, "ERR_SECRET_STORES_NOT_CONFIGURED", "secret store is not configured");

        return stores.GetValueOrDefault(store)
               ?? throw new DaprError(401, DaprError.InvalidArgument, "ERR_SECRET_STORE_NOT_FOUND", $"failed finding secret store with key {store}");
    }
}
