namespace ChatApp.Platform.Messaging;

/// <summary>How often a topic's events are published.</summary>
/// <param name="Interval">The average time from one round of all keys that wait to the next; zero for no limit.</param>
/// <param name="Burst">So many rounds may follow each other at once after a rest.</param>
public readonly record struct Pace(TimeSpan Interval, int Burst = 0);
