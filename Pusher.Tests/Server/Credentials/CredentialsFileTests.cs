using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;
using Pusher.Server.Credentials;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Server.Credentials;

public sealed class CredentialsFileTests : IDisposable
{
    private static readonly DeviceKey P1 = new("acme", "p1");
    private static readonly DeviceKey P2 = new("acme", "p2");
    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-credentials-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly CollectingLogger<CredentialsFile> _log = new();
    private readonly ConcurrentQueue<IReadOnlyList<DeviceKey>> _changes = new();

    private string FilePath => Path.Combine(_directory, "devices.keys");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Create_GoodFile_KeysAndStoresFound()
    {
        Write(Line(P1, "k1", "s1"), Line(P2, "k2"));
        using var file = Open();
        var key = new byte[32];
        Assert.True(file.TryGetStoredKey(P1, key));
        Assert.Equal(SHA256.HashData("k1"u8), key);
        Assert.True(file.Knows(P2));
        Assert.False(file.Knows(new DeviceKey("acme", "p3")));
        Assert.False(file.TryGetStoredKey(new DeviceKey("other", "p1"), key));
        Assert.Equal(("s1", null), (file.StoreOf(P1), file.StoreOf(P2)));
        Assert.Equal(2, file.Count);
    }

    [Fact]
    public void Create_NoFile_ErrorNamesPathAndRemedy()
    {
        var error = Assert.Throws<CredentialsFormatException>(Open);
        Assert.Contains(FilePath, error.Message, StringComparison.Ordinal);
        Assert.Contains("pusher keys add", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_BadFile_ErrorNamesLine()
    {
        Write("nonsense");
        Assert.Contains("line 2", Assert.Throws<CredentialsFormatException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_RevokedAndReplaced_RaisedByWatchAlone()
    {
        Write(Line(P1, "k1"), Line(P2, "k2"), Line(new DeviceKey("acme", "stays"), "k"));
        using var file = Open(pollIntervalMs: int.MaxValue);
        file.Changed += _changes.Enqueue;
        Replace(Line(P2, "k2-new"), Line(new DeviceKey("acme", "stays"), "k"), Line(new DeviceKey("acme", "new"), "k"));

        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(250)); // far from the next poll
            return _changes.Count == 1;
        });
        Assert.Equal([P1, P2], _changes.Single().Order(Comparer<DeviceKey>.Create((a, b) => string.CompareOrdinal(a.Device, b.Device))));
        Assert.False(file.Knows(P1));
        Assert.True(file.Knows(new DeviceKey("acme", "new")));
    }

    [Fact]
    public void Change_CannotBeReadForAWhile_TakenAtALaterPollAndToldOnce()
    {
        Write(Line(P1, "k1"), Line(P2, "k2"));
        using var file = Open();
        file.Changed += _changes.Enqueue;
        Write(Line(P2, "k2"));
        using (new FileStream(FilePath, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            for (var poll = 0; poll < 5; poll++)
            {
                _time.Advance(TimeSpan.FromSeconds(2));
            }

            Assert.True(file.Knows(P1));
            Assert.Equal(1, _log.Count("cannot be read"));
        }

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(file.Knows(P1));
        Assert.Equal([P1], Assert.Single(_changes));
    }

    [Fact]
    public void Change_BadFile_OldStaysToldOnceThenGoodOneIsTaken()
    {
        Write(Line(P1, "k1"));
        using var file = Open();
        file.Changed += _changes.Enqueue;
        Write(Line(P2, "k2"), "broken");
        _time.Advance(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(file.Knows(P1));
        Assert.False(file.Knows(P2));
        Assert.Equal(1, _log.Count("not taken over"));
        Assert.Equal(1, _log.Count("line 3"));
        Assert.Empty(_changes);

        Write(Line(P2, "k2"));
        _time.Advance(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(file.Knows(P2));
        Assert.Equal([P1], Assert.Single(_changes));
    }

    [Fact]
    public void Change_FileWrittenInSteps_HalfIsNeverTaken()
    {
        Write(Line(P1, "k1"), Line(P2, "k2"));
        using var file = Open();
        file.Changed += _changes.Enqueue;
        for (var step = 1; step <= 20; step++)
        {
            Write([Line(P1, "k1"), .. Enumerable.Range(0, step).Select(i => Line(new DeviceKey("acme", $"n{i}"), "k"))]);
            _time.Advance(TimeSpan.FromMilliseconds(200));
        }

        Assert.Empty(_changes); // P2 was missing all the time, and the file never stood still
        Write(Line(P1, "k1"), Line(P2, "k2"), Line(new DeviceKey("acme", "p3"), "k3"));
        _time.Advance(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(_changes);
        Assert.Equal(3, file.Count);
    }

    [Fact]
    public void Change_FileDeleted_OldStays()
    {
        Write(Line(P1, "k1"));
        using var file = Open();
        File.Delete(FilePath);
        _time.Advance(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(file.Knows(P1));
        Assert.Equal(1, _log.Count("not taken over"));
    }

    [Fact]
    public void TryGetStoredKey_KnownAndUnknown_AllocatesNothing()
    {
        Write(Line(P1, "k1"));
        using var file = Open();
        var key = new byte[32];
        var unknown = new DeviceKey("acme", "p3");
        file.TryGetStoredKey(P1, key);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            file.TryGetStoredKey(P1, key);
            file.Knows(unknown);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Intern_KnownDevice_HandsOutTheTablesStringsAndAllocatesNothing()
    {
        Write(Line(P1, "k1"), Line(P2, "k2"));
        using var file = Open();
        var (tenant, device) = (Encoding.ASCII.GetBytes(P1.Tenant), Encoding.ASCII.GetBytes(P1.Device));
        var first = file.Intern(tenant, device);
        Assert.Equal(P1, first);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var second = file.Intern(tenant, device);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Same(first.Tenant, second.Tenant);
        Assert.Same(first.Device, second.Device);
    }

    [Theory]
    [InlineData("acme", "p3")]
    [InlineData("other", "p1")]
    [InlineData("p1", "acme")]
    public void Intern_UnknownDevice_IsNamedAllTheSame(string tenant, string device)
    {
        Write(Line(P1, "k1"));
        using var file = Open();
        Assert.Equal(new DeviceKey(tenant, device), file.Intern(Encoding.ASCII.GetBytes(tenant), Encoding.ASCII.GetBytes(device)));
    }

    [Fact]
    public void Create_ManyDevices_BytesEachStayBounded()
    {
        const int devices = 50_000;
        Write([.. Enumerable.Range(0, devices).Select(i => Line(new DeviceKey("acme", $"printer-{i}"), "k", "store-1"))]);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var file = Open();
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / devices;
        Assert.InRange(bytes, 1, 220);
        TestContext.Current.SendDiagnosticMessage($"{bytes} bytes per device");
        Assert.Equal(devices, file.Count);
    }

    [Fact]
    public void Create_WritableByOthers_Warned()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no Unix file modes");
            return;
        }

        Write(Line(P1, "k1"));
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        using var file = Open();
        Assert.Equal(1, _log.Count("chmod"));
    }

    private static string Line(DeviceKey device, string key, string? store = null)
        => CredentialsLine.Format(new CredentialsEntry(device, StoredKey.FromHash(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(key))), store, null));

    private void Write(params string[] lines) => File.WriteAllText(FilePath, Text(lines));

    private void Replace(params string[] lines)
    {
        var next = FilePath + ".new";
        File.WriteAllText(next, Text(lines));
        File.Move(next, FilePath, overwrite: true);
    }

    private static string Text(string[] lines) => CredentialsLine.Header + "\n" + string.Join('\n', lines) + "\n";

    private CredentialsFile Open() => Open(2_000);

    private CredentialsFile Open(int pollIntervalMs) => new(new CredentialsFileOptions { Path = FilePath, PollIntervalMs = pollIntervalMs }, _time, _log);
}
