using ChatApp.LocalStack.Sidecar.Resources;

namespace ChatApp.LocalStack.Sidecar.Secrets;

/// <summary>Which secrets of which store the apps may read; a store without an entry is open.</summary>
internal sealed class SecretScopes(SecretsSpec? spec)
{
    public bool Allows(string store, string key)
    {
        if (spec?.Scopes.FirstOrDefault(scope => scope.StoreName == store) is not { } scope)
            return true;

        // A list of allowed secrets closes everything else, whatever the default says.
        if (scope.AllowedSecrets is { Count: > 0 } allowed)
            return allowed.Contains(key);

        return scope.DeniedSecrets?.Contains(key) != true && !"deny".Equals(scope.DefaultAccess, StringComparison.OrdinalIgnoreCase);
    }
}
