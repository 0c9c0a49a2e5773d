namespace ChatApp.Auth.Accounts;

internal enum AccountStatus
{
    Active,
    Disabled,
}

internal sealed record Account(Guid Id, string Email, string Username, string PasswordHash, AccountStatus Status, DateTimeOffset CreatedAt);
