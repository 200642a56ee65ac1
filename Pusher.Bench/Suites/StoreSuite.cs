using System.Globalization;
using BenchmarkDotNet.Attributes;
using Pusher.Bench.Suites.Parts;
using Pusher.Core.Identity;
using Pusher.Router.Stores;
using Pusher.Router.Stores.Sqlite;

namespace Pusher.Bench.Suites;

/// <summary>The embedded store on a real file: a group of appends to as many devices, and their acknowledgements.</summary>
[MemoryDiagnoser]
public class StoreSuite
{
    private const int Group = 256;

    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"pusher-suite-{Guid.NewGuid():N}");
    private readonly CountdownEvent _answers = new(Group);
    private readonly byte[] _payload = new byte[128];
    private readonly GroupAppend[] _appends = new GroupAppend[Group];
    private SqliteMessageStore _store = null!;
    private ulong _lastId;

    [GlobalSetup]
    public void Setup()
    {
        // Patience 0: the group's acknowledgements go at once, so that one run is one append and one acknowledgement each.
        _store = SqliteMessageStore.Open(new SqliteStoreOptions { DataDirectory = _directory, AckPatienceMs = 0, FreeSpaceReserveBytes = 0 });
        for (var i = 0; i < Group; i++)
        {
            _appends[i] = new GroupAppend(_answers)
            {
                Device = new DeviceKey("bench", string.Create(CultureInfo.InvariantCulture, $"printer-{i:D5}")),
                Payload = _payload,
            };
        }
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _store.DisposeAsync().ConfigureAwait(false);
        Directory.Delete(_directory, recursive: true);
        _answers.Dispose();
    }

    /// <summary>A group is appended, answered and acknowledged.</summary>
    [Benchmark(OperationsPerInvoke = Group)]
    public void AppendAndAcknowledge()
    {
        _answers.Reset();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var append in _appends)
        {
            append.MessageId = ++_lastId;
            append.AcceptedAtUnixMs = now;
            _store.Append(append);
        }

        _answers.Wait();
        foreach (var append in _appends)
        {
            if (append.Status != AppendStatus.Stored)
            {
                throw new InvalidOperationException($"An append was answered {append.Status}.");
            }

            _store.Acknowledge(append.Device, append.Stream, append.Seq);
        }
    }
}
