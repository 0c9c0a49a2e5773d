using ChatApp.Chat.Memberships;
using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Chat.Conversations;

/// <summary>
/// Brings this service's read models up to date from its own events, before these are published. A crash repeats them, so each step is safe to repeat and none
/// goes back.
/// </summary>
internal sealed class Projections(ConversationStore conversations, MembershipStore memberships)
{
    public async Task ApplyAsync(IReadOnlyList<OutboxEvent> events, CancellationToken ct)
    {
        foreach (var stored in events.Where(stored => stored.Type == ConversationCreated.Type))
        {
            var created = stored.Read<ConversationCreated>();
            await memberships.JoinAsync(created.ConversationId, created.MemberIds, created.CreatedAt, ct);
        }

        foreach (var sent in events.Where(stored => stored.Type == MessageSent.Type).Select(stored => stored.Read<MessageSent>()).GroupBy(sent => sent.ConversationId))
        {
            await Task.WhenAll(
                conversations.ProjectAsync(sent.Key, LastMessage.Of(sent.MaxBy(message => message.Rev)!), ct),
                memberships.HaveReadAsync(
                    sent.Key,
                    sent.GroupBy(message => message.SenderId, (sender, own) => KeyValuePair.Create(sender, own.Max(message => message.Seq))),
                    ct));
        }
    }
}

internal static class ProjectionSetup
{
    public static void UseProjections(this WebApplication app) =>
        app.Services.GetRequiredService<MongoOutbox>().ProjectFirst(app.Services.GetRequiredService<Projections>().ApplyAsync);
}
