using Pusher.Core.Identity;
using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>Who the device is, where it connects to, and how it comes back. Times are milliseconds.</summary>
public record ClientSessionOptions
{
    /// <summary>Servers, <c>host:port</c> each, at least one. The first is drawn, the next ones follow in turn.</summary>
    public required IReadOnlyList<string> Servers { get; init; }

    /// <summary>The tenant, by <see cref="Identifier"/>.</summary>
    public required string Tenant { get; init; }

    /// <summary>The device's name within the tenant, by <see cref="Identifier"/>.</summary>
    public required string Device { get; init; }

    /// <summary>The device's key, 32 bytes. It never leaves the device.</summary>
    public required ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>The store the device stands in; empty = not said.</summary>
    public string Store { get; init; } = "";

    /// <summary>Up to 8 tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What the server's lists show, 0 to 64 printable ASCII characters.</summary>
    public string ClientVersion { get; init; } = "pusher-dotnet/0.1";

    /// <summary>Heartbeat interval to propose; 0 = the server decides. It decides anyway.</summary>
    public uint HeartbeatMs { get; init; }

    /// <summary>Unacknowledged messages to propose; 0 = the server decides. It decides anyway.</summary>
    public ushort Window { get; init; }

    /// <summary>CRC32C behind every frame, for devices behind serial bridges; 4 bytes a frame.</summary>
    public bool Checksum { get; init; }

    /// <summary>The largest frame payload to take, in bytes. A server that sends more is cut off.</summary>
    public int PayloadBytesMax { get; init; } = (1024 * 1024) + PushHead.Size;

    /// <summary>From the start of connecting to WELCOME. Default 15 s; too short and a busy server is never reached.</summary>
    public int LoginTimeoutMs { get; init; } = 15_000;

    /// <summary>Pause before the first reconnect is drawn from 0 to this, and doubles. Default 500 ms.</summary>
    public int ReconnectBaseMs { get; init; } = 500;

    /// <summary>The largest pause to draw from. Default 60 s; longer keeps orders waiting, shorter hammers a server that is down.</summary>
    public int ReconnectMaxMs { get; init; } = 60_000;

    /// <summary>A session that lived this long counts as good: the next pause starts small again. Default 10 s.</summary>
    public int StableAfterMs { get; init; } = 10_000;

    /// <summary>
    /// Pause after "unauthorized", which may be put right at the server at any time; default 60 s, drawn from this to its double.
    /// Null = stay away until started again: a mistake in the server's credentials file then needs a visit to every printer. A
    /// revoked or replaced login always stays away.
    /// </summary>
    public int? UnauthorizedRetryMs { get; init; } = 60_000;

    /// <summary>What happens to a message whose handler was running when the process died.</summary>
    public InterruptedPolicy Interrupted { get; init; } = InterruptedPolicy.Report;

    /// <summary>Negative control for tests: every message that arrives is handed over.</summary>
    internal bool DedupeOff { get; init; }

    /// <summary>Tenant and device.</summary>
    internal DeviceKey Identity => new(Tenant, Device);

    /// <summary>Throws <see cref="ArgumentException"/> with a message that names the option.</summary>
    public virtual void Validate()
    {
        Require(Servers.Count > 0 && Servers.All(s => ServerAddress.TryParse(s, out _)), nameof(Servers), "at least one, each host:port");
        Require(Identifier.IsValid(Tenant), nameof(Tenant), "1 to 64 characters of [A-Za-z0-9_-]");
        Require(Identifier.IsValid(Device), nameof(Device), "1 to 64 characters of [A-Za-z0-9_-]");
        Require(Store.Length == 0 || Identifier.IsValid(Store), nameof(Store), "empty or 1 to 64 characters of [A-Za-z0-9_-]");
        Require(Key.Length == ProtocolLimits.KeyBytes, nameof(Key), "32 bytes");
        Require(Tags.Count <= ProtocolLimits.TagsMax && Tags.All(t => Identifier.IsValid(t)), nameof(Tags), "up to 8, each 1 to 64 characters of [A-Za-z0-9_-]");
        Require(
            ClientVersion.Length <= ProtocolLimits.ClientVersionLengthMax && !ClientVersion.AsSpan().ContainsAnyExceptInRange(' ', '~'),
            nameof(ClientVersion),
            "up to 64 printable ASCII characters");
        Require(PayloadBytesMax >= ProtocolLimits.LoginPayloadBytesMax, nameof(PayloadBytesMax), "at least 1,024");
        Require(LoginTimeoutMs > 0, nameof(LoginTimeoutMs), "above 0");
        Require(ReconnectBaseMs > 0, nameof(ReconnectBaseMs), "above 0");
        Require(ReconnectMaxMs >= ReconnectBaseMs, nameof(ReconnectMaxMs), "at least ReconnectBaseMs");
        Require(StableAfterMs >= 0, nameof(StableAfterMs), "0 or above");
        Require(UnauthorizedRetryMs is null or >= 1000, nameof(UnauthorizedRetryMs), "null or at least 1,000");
    }

    /// <summary>Throws unless <paramref name="holds"/>.</summary>
    protected static void Require(bool holds, string option, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException($"The option {option} must be {rule}.", option);
        }
    }
}
