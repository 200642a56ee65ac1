using Pusher.Core.Identity;
using Pusher.Router.Dispatch;
using Xunit;

namespace Pusher.Tests.Router.Dispatch;

public sealed class PublishSubjectTests
{
    [Fact]
    public void Parse_DeviceSubject_RoundTrips()
    {
        var device = new DeviceKey("acme", "p-1");
        Assert.Null(PublishSubject.Parse(PublishSubject.ForDevice(device), out var target, out var tenant, out var name));
        Assert.Equal((PublishTarget.Device, device), (target, new DeviceKey(tenant.ToString(), name.ToString())));
    }

    [Fact]
    public void Parse_AllSubject_RoundTrips()
    {
        Assert.Null(PublishSubject.Parse(PublishSubject.ForAll("acme"), out var target, out var tenant, out var name));
        Assert.Equal((PublishTarget.All, "acme", ""), (target, tenant.ToString(), name.ToString()));
    }

    [Fact]
    public void Parse_BatchSubject_RoundTrips()
    {
        Assert.Null(PublishSubject.Parse(PublishSubject.ForBatch("acme"), out var target, out var tenant, out var name));
        Assert.Equal((PublishTarget.Batch, "acme", ""), (target, tenant.ToString(), name.ToString()));
    }

    [Theory]
    [InlineData("pusher.pub.t.store.s", "not served")]
    [InlineData("pusher.pub.t.tag.s", "not served")]
    [InlineData("pusher.pub.t.batch.x", "must be")]
    [InlineData("pusher.pub.t", "must be")]
    [InlineData("pusher.pub.t.device", "must be")]
    [InlineData("pusher.pub.t.device.a.b", "must be")]
    [InlineData("pusher.pub.t.devices.a", "must be")]
    [InlineData("pusher.pub.t.all.x", "must be")]
    [InlineData("pusher.pub.t$.device.a", "tenant")]
    [InlineData("other", "begin with")]
    public void Parse_Other_NamesTheProblem(string subject, string part)
        => Assert.Contains(part, PublishSubject.Parse(subject, out _, out _, out _), StringComparison.Ordinal);

    [Theory]
    [InlineData("90", 90_000)]
    [InlineData("90s", 90_000)]
    [InlineData("500ms", 500)]
    [InlineData("5m", 300_000)]
    [InlineData("2h", 7_200_000)]
    [InlineData("366d", PublishTtl.Max)]
    [InlineData("0", 0)]
    public void TryParse_Ttl_Milliseconds(string text, long expected)
    {
        Assert.True(PublishTtl.TryParse(text, out var ttlMs));
        Assert.Equal(expected, ttlMs);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1")]
    [InlineData("1.5s")]
    [InlineData(" 1")]
    [InlineData("1 s")]
    [InlineData("1S")]
    [InlineData("367d")]
    [InlineData("9999999999999")]
    [InlineData("١")]
    public void TryParse_BadTtl_False(string text) => Assert.False(PublishTtl.TryParse(text, out _));
}
