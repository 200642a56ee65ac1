using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;
using Pusher.Router.Cluster;
using Pusher.Router.Stores;

namespace Pusher.Server.Sessions;

/// <summary>
/// Ends a session for a newer login of its device, here or on another node, so that the newer one starts exactly behind what the older one acknowledged.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class SessionEviction(SessionDirectory directory, IMessageStore store, ILogger logger) : ILocalSessions
{
    // Should the reactor be stuck, waiting longer helps nobody: what is read too early is sent twice and suppressed by the device.
    private static readonly TimeSpan TakeOverTime = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public ValueTask<bool> EvictAsync(DeviceKey device, ulong epoch)
        => directory.TryFind(device, out var session) && session.Epoch < epoch
            ? new ValueTask<bool>(EvictAsync(device, session))
            : new ValueTask<bool>(false);

    /// <summary>
    /// Tells a session that it was replaced; completes when it has ended and what it acknowledged is in the store, or its reactor did not answer in time. Fails
    /// when the store cannot be flushed.
    /// </summary>
    public async Task EndAsync(DeviceKey device, SessionHandle older)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        older.Mailbox.Post(new ReactorMail(ReactorMailKind.Replaced, older.Connection, ended));
        try
        {
            await ended.Task.WaitAsync(TakeOverTime).ConfigureAwait(false);
            await store.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            SessionLog.TakeOverSlow(logger, device, (int)TakeOverTime.TotalMilliseconds);
        }
    }

    private async Task<bool> EvictAsync(DeviceKey device, SessionHandle older)
    {
        try
        {
            await EndAsync(device, older).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            SessionLog.EvictedUnflushed(logger, device, e.Message); // what it acknowledged last is sent again, and suppressed by the device
        }

        return true;
    }
}
