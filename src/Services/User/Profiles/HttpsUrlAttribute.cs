using System.ComponentModel.DataAnnotations;

namespace ChatApp.User.Profiles;

/// <summary>An absolute https address, or nothing.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
internal sealed class HttpsUrlAttribute() : ValidationAttribute("The address must begin with https://.")
{
    public override bool IsValid(object? value) =>
        value is null or ""
        || (value is string text
            && text.StartsWith("https://", StringComparison.Ordinal)
            && Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url.UserInfo.Length == 0);
}
