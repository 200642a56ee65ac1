using System.Globalization;
using BenchmarkDotNet.Attributes;
using Pusher.Core.Identity;
using Pusher.Router.Routes;

namespace Pusher.Bench.Suites;

/// <summary>The routes of a node that is alone, 100,000 of them.</summary>
[MemoryDiagnoser]
public class RouteTableSuite
{
    private const int Devices = 100_000;

    private readonly MemoryRouteTable _routes = new("node", TimeProvider.System);
    private readonly DeviceKey[] _devices = new DeviceKey[Devices];
    private int _next;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        for (var i = 0; i < Devices; i++)
        {
            _devices[i] = new DeviceKey("bench", string.Create(CultureInfo.InvariantCulture, $"printer-{i:D5}"));
            await _routes.ClaimAsync(_devices[i], default, CancellationToken.None).ConfigureAwait(false);
        }
    }

    [Benchmark]
    public bool Find() => _routes.FindAsync(Next(), CancellationToken.None).GetAwaiter().GetResult() is not null;

    /// <summary>A login that takes over from the one before.</summary>
    [Benchmark]
    public bool Claim() => _routes.ClaimAsync(Next(), default, CancellationToken.None).GetAwaiter().GetResult() is not null;

    private DeviceKey Next() => _devices[_next = _next + 1 == Devices ? 0 : _next + 1];
}
