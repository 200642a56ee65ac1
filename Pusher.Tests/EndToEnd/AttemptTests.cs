using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>A PROOF that arrives when its device has long been logged in on another connection.</summary>
public sealed class AttemptTests(DefaultNode node) : IClassFixture<DefaultNode>
{
    [Fact]
    public async Task LateProof_LowerAttemptOfTheSameInstance_IsRefusedAndTheLiveSessionGoesOn()
    {
        var device = node.TakeDevice();
        await using var abandoned = await ConnectAsync(new LoginOrder(7, 1));
        var challenge = await abandoned.HelloAsync(device);
        await using var live = await ConnectAsync(new LoginOrder(7, 2));
        await live.LoginAsync(device);

        await abandoned.ProveAsync(device, challenge);
        var refusal = await abandoned.ReadAsync(FrameType.Refused);
        await node.PublishAsync(device, "still here");
        var push = await live.ReadAsync(FrameType.Push);

        Assert.Equal((CloseReason.LoginTimeout, 0u), (refusal.Farewell.Reason, refusal.Farewell.RetryAfterMs));
        await abandoned.ExpectEndAsync();
        Assert.Equal("still here", push.BodyText);
    }

    [Theory]
    [InlineData(8UL, 1u)] // another client
    [InlineData(7UL, 2u)] // the same attempt: no reason to refuse it
    [InlineData(7UL, 3u)] // a later one
    [InlineData(0UL, 0u)] // says nothing
    public async Task LateProof_AnythingElse_ReplacesTheSession(ulong instance, uint attempt)
    {
        var device = node.TakeDevice();
        await using var later = await ConnectAsync(new LoginOrder(instance, attempt));
        var challenge = await later.HelloAsync(device);
        await using var live = await ConnectAsync(new LoginOrder(7, 2));
        await live.LoginAsync(device);

        await later.ProveAsync(device, challenge);

        Assert.Equal(FrameType.Welcome, (await later.ReadAsync()).Type);
        await live.ExpectFarewellAsync(FrameType.GoAway, CloseReason.Replaced);
        await node.PublishAsync(device, "for the newer");
        Assert.Equal("for the newer", (await later.ReadAsync(FrameType.Push)).BodyText);
    }

    private async Task<RawDevice> ConnectAsync(LoginOrder order)
    {
        var raw = await RawDevice.ConnectAsync(node.Node.Listen);
        raw.Order = order;
        return raw;
    }
}
