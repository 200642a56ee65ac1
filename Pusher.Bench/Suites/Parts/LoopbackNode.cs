using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Pusher.Server.Hosting;

namespace Pusher.Bench.Suites.Parts;

/// <summary>A whole node in this process, on loopback and a directory of its own, with devices that may log in.</summary>
internal sealed class LoopbackNode : IAsyncDisposable
{
    public const string Tenant = "bench";

    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(ProtocolLimits.KeyBytes);

    private readonly string _directory;

    private LoopbackNode(string directory, Node node)
    {
        _directory = directory;
        Node = node;
    }

    public Node Node { get; }

    public static DeviceKey Device(int index) => new(Tenant, FormattableString.Invariant($"printer-{index:D5}"));

    public static async Task<LoopbackNode> StartAsync(int devices, string? nats = null)
    {
        var directory = Directory.CreateTempSubdirectory("pusher-suite-").FullName;
        var credentials = Path.Combine(directory, "credentials.txt");
        await File.WriteAllLinesAsync(credentials, [CredentialsLine.Header, .. Enumerable.Range(0, devices).Select(Line)]).ConfigureAwait(false);
        var options = new ServerOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            Http = new IPEndPoint(IPAddress.Loopback, 0),
            DataDirectory = Path.Combine(directory, "data"),
            CredentialsFile = credentials,
            NatsUrl = nats,
            DiskReserveBytes = 0,
            Reactors = 1,
            SweepIntervalMs = 60_000, // what the sweeper does is no message's
        };
        return new LoopbackNode(directory, await Node.StartAsync(options, NullLoggerFactory.Instance).ConfigureAwait(false));
    }

    public LoopbackDevice Login(int index, ushort window) => LoopbackDevice.Login(Node.DeviceEndPoint, Tenant, Device(index).Device, Key, window);

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync().ConfigureAwait(false);
        Directory.Delete(_directory, recursive: true);
    }

    private static string Line(int index)
    {
        Span<byte> stored = stackalloc byte[ProtocolLimits.KeyBytes];
        LoginProof.StoredKey(Key, stored);
        return $"{Device(index)} sha256:{System.Buffers.Text.Base64Url.EncodeToString(stored)}";
    }
}
