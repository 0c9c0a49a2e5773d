using System.Collections.Immutable;

namespace ChatApp.LocalStack.Sidecar.Invocation;

/// <summary>Where the instances of each app are. Calls go round robin.</summary>
internal sealed class AppDirectory
{
    private ImmutableDictionary<string, Instances> _apps = ImmutableDictionary<string, Instances>.Empty;

    public void Add(string appId, AppChannel? channel) =>
        ImmutableInterlocked.AddOrUpdate(ref _apps, appId, _ => new Instances([channel]), (_, known) => new Instances([.. known.Channels, channel]));

    public void Remove(string appId, AppChannel? channel) => ImmutableInterlocked.Update(ref _apps, apps =>
    {
        var rest = apps.TryGetValue(appId, out var known) ? known.Channels.Remove(channel) : [];
        return rest.IsEmpty ? apps.Remove(appId) : apps.SetItem(appId, new Instances(rest));
    });

    /// <summary>False: nobody has this id. A null channel: the app has no port.</summary>
    public bool TryFind(string appId, out AppChannel? channel)
    {
        channel = null;

        if (!_apps.TryGetValue(appId, out var instances))
            return false;

        channel = instances.Next();
        return true;
    }

    private sealed class Instances(ImmutableArray<AppChannel?> channels)
    {
        private int _next = -1;

        public ImmutableArray<AppChannel?> Channels => channels;

        public AppChannel? Next() =>
            channels.Length == 1 ? channels[0] : channels[(int)((uint)Interlocked.Increment(ref _next) % (uint)channels.Length)];
    }
}
