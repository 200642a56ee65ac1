using System.Collections.Concurrent;
using Pusher.Core.Identity;
using Pusher.Router.Dispatch;
using Pusher.Router.Stores;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Dispatch;

public sealed class DeviceLookUpsTests : IDeviceDirectory
{
    private static readonly DeviceKey Slow = new("acme", "slow");
    private static readonly DeviceKey Away = new("acme", "away");
    private static readonly DeviceKey Broken = new("acme", "broken");

    private readonly TaskCompletionSource<bool> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<(PublishOperation Operation, bool? IsKnown)> _done = new();

    // The devices of the later ones are known at once, and yet nothing overtakes the first.
    [Fact]
    public async Task Add_FirstIsSlow_AllGoOnInTheirOrder()
    {
        var lookUps = new DeviceLookUps(this, (operation, isKnown) => _done.Enqueue((operation, isKnown)));
        var operations = new[] { Slow, new DeviceKey("acme", "quick"), Slow, Away, Slow }
            .Select(device => new RecordedPublish { Device = device })
            .ToArray();
        foreach (var operation in operations)
        {
            lookUps.Add(operation);
        }

        Assert.True(lookUps.AreWaiting);
        Assert.Empty(_done);
        _answer.SetResult(true);
        await Eventually.TrueAsync(() => !lookUps.AreWaiting);
        Assert.Equal(operations, _done.Select(done => done.Operation));
        Assert.Equal([true, true, true, null, true], _done.Select(done => done.IsKnown));
    }

    // A defect of whoever is asked: behind a loop that ended with it every publish of the node would wait for ever.
    [Fact]
    public async Task Add_QuestionThrows_IsNotKnownAndTheNextGoOn()
    {
        var lookUps = new DeviceLookUps(this, (operation, isKnown) => _done.Enqueue((operation, isKnown)));
        lookUps.Add(new RecordedPublish { Device = Broken });
        lookUps.Add(new RecordedPublish { Device = new DeviceKey("acme", "quick") });
        await Eventually.TrueAsync(() => !lookUps.AreWaiting);
        Assert.Equal([null, true], _done.Select(done => done.IsKnown));
    }

    public bool? Knows(DeviceKey device) => null;

    public ValueTask<bool> KnowsAsync(DeviceKey device, CancellationToken cancellationToken)
        => device == Slow ? new ValueTask<bool>(_answer.Task)
            : device == Away ? ValueTask.FromException<bool>(new StoreUnavailableException("away"))
            : device == Broken ? ValueTask.FromException<bool>(new InvalidOperationException("a defect of the directory"))
            : new ValueTask<bool>(true);
}
