using System.ComponentModel.DataAnnotations;
using ChatApp.Contracts;

namespace ChatApp.Chat.Conversations;

/// <param name="UserId">The other one, for a direct conversation.</param>
/// <param name="Title">For a group.</param>
/// <param name="MemberIds">Who else is in the group; the caller always is.</param>
public sealed record StartConversation(
    [Required] ConversationKind? Kind, Guid? UserId, string? Title, IReadOnlyList<Guid>? MemberIds) : IValidatableObject
{
    internal const int MaxTitle = 100;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Kind is ConversationKind.Direct)
        {
            if (UserId is null)
                yield return new ValidationResult("A direct conversation needs the other user.", [nameof(UserId)]);
            if (Title is not null)
                yield return new ValidationResult("A direct conversation has no title.", [nameof(Title)]);
            if (MemberIds is not null)
                yield return new ValidationResult("A direct conversation is between two: name the other one as userId.", [nameof(MemberIds)]);
        }
        else if (Kind is ConversationKind.Group)
        {
            if (string.IsNullOrWhiteSpace(Title) || Title.Trim().Length > MaxTitle)
                yield return new ValidationResult($"A group needs a title of 1 to {MaxTitle} characters.", [nameof(Title)]);
            if (UserId is not null)
                yield return new ValidationResult("A group has memberIds.", [nameof(UserId)]);
            if (MemberIds is not { Count: > 0 and < Conversation.MaxAtOnce })
                yield return new ValidationResult($"A group begins with 1 to {Conversation.MaxAtOnce - 1} other members.", [nameof(MemberIds)]);
        }
        else
        {
            yield return new ValidationResult("direct or group.", [nameof(Kind)]);
        }
    }
}
