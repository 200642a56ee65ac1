using System.Security.Cryptography;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Regressions;

/// <summary>A key that was revoked during a login still logged in, and its session stayed for as long as it liked.</summary>
public sealed class RevokedLoginTests : IAsyncLifetime
{
    private readonly TestNode _node = new();
    private TestDevice _device = null!;

    public async ValueTask InitializeAsync()
    {
        _device = _node.Credentials.Add("first");
        _node.Credentials.Add("second");
        await _node.StartAsync();
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Challenge_KeyRevokedBeforeTheProof_IsRefused()
    {
        await using var raw = await RawDevice.ConnectAsync(_node.Listen);
        var (tenant, name) = _device.Identity;
        var nonce = RandomNumberGenerator.GetBytes(ProtocolLimits.ClientNonceBytes);
        await raw.SendAsync(o => FrameWriter.WriteHello(o, FrameFlags.None, 0, 0, nonce, tenant, name, "", "raw", [], []));
        await raw.ReadAsync(FrameType.Challenge);

        _node.Credentials.Remove(_device);
        _node.Credentials.Save();
        await raw.ExpectFarewellAsync(FrameType.Refused, CloseReason.Unauthorized);
    }
}
