namespace ChatApp.Faults.Tests.History;

/// <summary>Holds what everybody has seen of a conversation against the promises. It knows nothing of how the system works.</summary>
public static class Checker
{
    /// <summary>Every broken promise, by its number; none when all are kept.</summary>
    public static IReadOnlyList<string> Check(Evidence evidence) =>
    [
        .. Lost(evidence),
        .. Doubled(evidence),
        .. Disordered(evidence),
        .. Incomplete(evidence),
        .. Effects(evidence),
        .. Projections(evidence),
    ];

    /// <summary>P1: what was acknowledged is in everybody's history, where the acknowledgement said.</summary>
    private static IEnumerable<string> Lost(Evidence evidence) =>
        from seen in evidence.Seen
        let bySeq = seen.History.ToLookup(message => message.Seq)
        from message in evidence.Acknowledged
        where !bySeq[message.Seq].Contains(message)
        select $"P1: {message} was acknowledged, and {seen.Member} does not find it in the history";

    /// <summary>P2: one client key, one message.</summary>
    private static IEnumerable<string> Doubled(Evidence evidence) =>
        from seen in evidence.Seen
        from same in seen.History.GroupBy(message => (message.SenderId, message.ClientMessageId))
        where same.Count() > 1
        select $"P2: {seen.Member} finds the key {same.Key.ClientMessageId} at {string.Join(", ", same.Select(message => message.Seq))}";

    /// <summary>P3: 1, 2, 3, ... without a gap, the same for every reader, and every sender's messages in the order in which he sent them.</summary>
    private static IEnumerable<string> Disordered(Evidence evidence)
    {
        foreach (var seen in evidence.Seen)
        {
            var seqs = seen.History.Select(message => message.Seq).ToList();
            if (!seqs.SequenceEqual(Enumerable.Range(1, seqs.Count).Select(seq => (long)seq)))
                yield return $"P3: {seen.Member} reads the numbers {string.Join(", ", seqs)}";
            if (!seen.History.SequenceEqual(evidence.Seen[0].History))
                yield return $"P3: {seen.Member} and {evidence.Seen[0].Member} read different histories";
            if (seen.History.FirstOrDefault(message => message.Counted != Written(seen.History, message.Seq)) is { } miscounted)
                yield return $"P3: {miscounted} counts {miscounted.Counted} messages, and there are {Written(seen.History, miscounted.Seq)}";
        }

        foreach (var sender in evidence.Acknowledged.GroupBy(message => message.SenderId))
        {
            if (sender.Zip(sender.Skip(1)).FirstOrDefault(pair => pair.First.Seq >= pair.Second.Seq) is { First: { } first, Second: { } second })
                yield return $"P3: {second} was sent after {first} was acknowledged, and comes before it";
        }
    }

    /// <summary>P4: stream and sync together bring a member everything.</summary>
    private static IEnumerable<string> Incomplete(Evidence evidence) =>
        from seen in evidence.Seen
        where !seen.Client.SequenceEqual(seen.History)
        let missing = seen.History.Except(seen.Client).ToList()
        let invented = seen.Client.Except(seen.History).ToList()
        select $"P4: {seen.Member}'s client lacks {missing.Count} messages ({missing.FirstOrDefault()}) and has {invented.Count} that are not there ({invented.FirstOrDefault()})";

    /// <summary>P5: what others wrote since a member wrote last is one entry of his inbox, with their number; nobody marks anything as read.</summary>
    private static IEnumerable<string> Effects(Evidence evidence)
    {
        foreach (var seen in evidence.Seen)
        {
            var count = UnreadOf(seen);
            Notified[] expected = count == 0 ? [] : [new Notified(LastWritten(seen), count)];
            if (!seen.Notified.SequenceEqual(expected))
                yield return $"P5: {seen.Member} was notified of {evidence.ConversationId} by [{string.Join(", ", seen.Notified)}], not [{string.Join<Notified>(", ", expected)}]";
        }
    }

    /// <summary>P6: the list of conversations is what the log says.</summary>
    private static IEnumerable<string> Projections(Evidence evidence)
    {
        foreach (var seen in evidence.Seen)
        {
            if (seen.ListedSeq != LastWritten(seen))
                yield return $"P6: {seen.Member}'s list shows {evidence.ConversationId} with the last message {seen.ListedSeq}, and it is {LastWritten(seen)}";
            if (seen.Unread != UnreadOf(seen))
                yield return $"P6: {seen.Member}'s list shows {seen.Unread} unread in {evidence.ConversationId}, and there are {UnreadOf(seen)}";
        }
    }

    private static long LastWritten(Seen seen) => seen.History.LastOrDefault(message => message.Change is null)?.Seq ?? 0;

    /// <summary>Who writes has read what came before.</summary>
    private static long UnreadOf(Seen seen)
    {
        var read = seen.History.Where(message => message.SenderId == seen.Member && message.Change is null).Select(message => message.Seq).DefaultIfEmpty(0).Max();
        return seen.History.Count(message => message.Change is null && message.Seq > read);
    }

    private static long Written(IEnumerable<Load.Message> history, long seq) => history.Count(message => message.Change is null && message.Seq <= seq);
}
