using System.Net;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>The credentials file changes while the node runs.</summary>
public sealed class CredentialsTests : IAsyncLifetime
{
    private readonly TestNode _node = new();
    private TestDevice _first = null!;
    private TestDevice _second = null!;

    public async ValueTask InitializeAsync()
    {
        _first = _node.Credentials.Add("first");
        _second = _node.Credentials.Add("second");
        await _node.StartAsync();
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Change_KeyRevoked_ItsSessionIsClosedAndOthersStay()
    {
        var (revoked, _) = await RawDevice.LoginNewAsync(_node.Listen, _first);
        var (other, _) = await RawDevice.LoginNewAsync(_node.Listen, _second);
        await using var revokedDisposal = revoked;
        await using var otherDisposal = other;

        _node.Credentials.Remove(_first);
        _node.Credentials.Save();

        var farewell = await revoked.ReadAsync(FrameType.GoAway);
        Assert.Equal((CloseReason.Revoked, ProtocolLimits.RetryNever), (farewell.Farewell.Reason, farewell.Farewell.RetryAfterMs));
        await revoked.ExpectEndAsync();
        await using var again = await RawDevice.ConnectAsync(_node.Listen);
        Assert.Equal(CloseReason.Unauthorized, (await again.TryLoginAsync(_first)).Farewell.Reason);
        var (code, reply) = await _node.PublishAsync(_first, "x");
        Assert.Equal((HttpStatusCode.NotFound, "unknown_device"), (code, reply.GetProperty("status").GetString()));
        await other.HeartbeatAsync();
        await other.ReadAsync(FrameType.Heartbeat);
    }

    [Fact]
    public async Task Change_KeyReplaced_SessionIsClosedAndTheNewKeyLogsIn()
    {
        var (raw, _) = await RawDevice.LoginNewAsync(_node.Listen, _first);
        await using var disposal = raw;

        _first.ChangeKey();
        _node.Credentials.Save();

        await raw.ExpectFarewellAsync(FrameType.GoAway, CloseReason.Revoked);
        var (again, _) = await RawDevice.LoginNewAsync(_node.Listen, _first);
        await again.DisposeAsync();
    }

    [Fact]
    public async Task Change_DeviceAdded_ItLogsIn()
    {
        var added = _node.Credentials.Add("added");
        _node.Credentials.Save();

        await Eventually.TrueAsync(
            async () =>
            {
                await using var raw = await RawDevice.ConnectAsync(_node.Listen);
                return (await raw.TryLoginAsync(added)).Type == FrameType.Welcome;
            },
            "the added device logs in");
    }

    [Theory]
    [InlineData("this is no credentials file\n")]
    [InlineData("pusher-credentials 1\nacme/first nonsense\n")]
    [InlineData("")]
    public async Task Change_BadFile_OldDevicesStay(string text)
    {
        var (raw, _) = await RawDevice.LoginNewAsync(_node.Listen, _first);
        await using var disposal = raw;

        _node.Credentials.SaveText(text);
        await Eventually.TrueAsync(() => _node.Logs.Contains("not taken over", StringComparison.Ordinal), "the bad file is reported");

        await raw.HeartbeatAsync();
        await raw.ReadAsync(FrameType.Heartbeat);
        var (other, _) = await RawDevice.LoginNewAsync(_node.Listen, _second);
        await other.DisposeAsync();
        _node.Credentials.Remove(_first);
        _node.Credentials.Save();
        await raw.ExpectFarewellAsync(FrameType.GoAway, CloseReason.Revoked);
    }

    [Fact]
    public async Task Change_FileDeleted_OldDevicesStay()
    {
        File.Delete(_node.Credentials.Path);
        await Eventually.TrueAsync(() => _node.Logs.Contains("not taken over", StringComparison.Ordinal), "the missing file is reported");

        var (raw, _) = await RawDevice.LoginNewAsync(_node.Listen, _first);
        await raw.DisposeAsync();
    }
}
