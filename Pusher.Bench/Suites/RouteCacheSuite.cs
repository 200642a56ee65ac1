using System.Globalization;
using BenchmarkDotNet.Attributes;
using Pusher.Core.Identity;
using Pusher.Router.Cache;
using Pusher.Router.Routes;

namespace Pusher.Bench.Suites;

/// <summary>
/// The cache of routes with 100,000 devices in level 1, asked for one after the other: nothing but the table itself is in the processor's cache. Level 2 is a table
/// of this process: what is counted for it is the cache's own part, to which a real one adds its round trip.
/// </summary>
[MemoryDiagnoser]
public class RouteCacheSuite
{
    private const int Devices = 100_000;

    private readonly MemoryRouteTable _routes = new("node", TimeProvider.System);
    private readonly TwoLevelCache<DeviceKey, Route> _cache;
    private readonly DeviceKey[] _known = new DeviceKey[Devices];
    private readonly DeviceKey[] _interned = new DeviceKey[Devices];
    private readonly DeviceKey[] _unknown = new DeviceKey[Devices];
    private int _next;

    public RouteCacheSuite()
        => _cache = new TwoLevelCache<DeviceKey, Route>(_routes.FindAsync, new CacheOptions { Name = "routes", KeepMs = int.MaxValue, KeepAbsentMs = int.MaxValue }, TimeProvider.System);

    [GlobalSetup]
    public async Task SetupAsync()
    {
        for (var i = 0; i < Devices; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"printer-{i:D5}");
            _known[i] = new DeviceKey("bench", name);
            _unknown[i] = new DeviceKey("bench", "un" + name);
            await _routes.ClaimAsync(_known[i], default, CancellationToken.None).ConfigureAwait(false);
            _interned[i] = new DeviceKey("bench", new string(name));
            await _cache.GetAsync(_interned[i], CancellationToken.None).ConfigureAwait(false);
        }
    }

    [GlobalCleanup]
    public void Cleanup() => _cache.Dispose();

    /// <summary>A device whose route is known, by the strings that its first publish brought: those of the credentials table.</summary>
    [Benchmark]
    public bool Level1HitInterned() => _cache.TryGet(Next(_interned), out var route) && route is not null;

    /// <summary>The same by other strings of the same text, as over HTTP.</summary>
    [Benchmark]
    public bool Level1Hit() => _cache.TryGet(Next(_known), out var route) && route is not null;

    /// <summary>One of 64 devices that are published to all the time: its entry is in the processor's cache.</summary>
    [Benchmark]
    public bool Level1HitBusy() => _cache.TryGet(_known[_next = (_next + 1) & 63], out var route) && route is not null;

    /// <summary>A device whose route was invalidated: level 2 has it.</summary>
    [Benchmark]
    public bool Level2Hit()
    {
        var device = Next(_known);
        _cache.Drop(device);
        return Load(device);
    }

    /// <summary>A device that neither level knows, for the first time.</summary>
    [Benchmark]
    public bool Miss()
    {
        var device = Next(_unknown);
        _cache.Drop(device);
        return Load(device);
    }

    private bool Load(DeviceKey device) => _cache.GetAsync(device, CancellationToken.None).AsTask().GetAwaiter().GetResult() is not null;

    private DeviceKey Next(DeviceKey[] devices) => devices[_next = _next + 1 == Devices ? 0 : _next + 1];
}
