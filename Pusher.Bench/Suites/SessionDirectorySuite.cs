using System.Globalization;
using BenchmarkDotNet.Attributes;
using Pusher.Core.Identity;
using Pusher.Server.Sessions;
using Pusher.Transport;

namespace Pusher.Bench.Suites;

/// <summary>The table of the sessions of a node, with 100,000 devices in it.</summary>
[MemoryDiagnoser]
public class SessionDirectorySuite
{
    private const int Devices = 100_000;

    private readonly SessionDirectory _directory = new();
    private readonly ReactorMailbox _mailbox = new();
    private readonly DeviceKey[] _devices = new DeviceKey[Devices];
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        for (var i = 0; i < Devices; i++)
        {
            _devices[i] = new DeviceKey("bench", string.Create(CultureInfo.InvariantCulture, $"printer-{i:D5}"));
            _directory.Join(_devices[i], new SessionHandle(_mailbox, new ConnectionId(i, 1), 1, default), out _);
        }
    }

    [Benchmark]
    public bool Find() => _directory.TryFind(Next(), out _);

    /// <summary>The device of the newest login is taken off and logs in again.</summary>
    [Benchmark]
    public JoinOutcome LeaveAndJoin()
    {
        var device = Next();
        _directory.Leave(device, 1);
        return _directory.Join(device, new SessionHandle(_mailbox, new ConnectionId(_next, 1), 1, default), out _);
    }

    private DeviceKey Next() => _devices[_next = _next + 1 == Devices ? 0 : _next + 1];
}
