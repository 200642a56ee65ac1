using Microsoft.Extensions.Logging;
using Pusher.Core.Protocol;
using Pusher.Router.Stores;
using Pusher.Server.Sessions;

namespace Pusher.Server.Hosting;

/// <summary>
/// Takes a node out of service without losing anything. In this order: readiness fails and the other nodes are told, so that nothing new is sent here;
/// publishes are refused; devices are sent to the other nodes in slices; what they acknowledged is flushed. Ends at the latest after the drain time.
/// </summary>
internal sealed class NodeDrain(ServerOptions options, NodeParts parts, ILogger logger)
{
    /// <summary>At this rate the other nodes take devices in without noticing: a small node is empty before its time.</summary>
    private const int DevicesPerSecondMin = 200;

    private const int SliceMs = 50;

    /// <summary>Devices with somewhere to go are spread by the slices; this smooths the steps between them.</summary>
    private const int RetryElsewhereMs = 500;

    /// <summary>Runs to the end; never fails.</summary>
    public async Task RunAsync()
    {
        parts.Readiness.Drain();
        HostLog.Draining(logger, parts.Directory.Count, options.DrainMs);
        using var deadline = new CancellationTokenSource(options.DrainMs);
        try
        {
            await TellNodesAsync().WaitAsync(deadline.Token).ConfigureAwait(false);
            await Task.Delay(options.DrainLeadMs, deadline.Token).ConfigureAwait(false);
            await parts.Ingress.StopAsync().WaitAsync(deadline.Token).ConfigureAwait(false);
            await parts.Dispatcher.CloseAsync().WaitAsync(deadline.Token).ConfigureAwait(false);
            await parts.Ingress.WaitUntilAnsweredAsync().WaitAsync(deadline.Token).ConfigureAwait(false);
            parts.Transport.StopAccepting();
            await TellDevicesAsync(deadline.Token).ConfigureAwait(false);
            while (parts.Transport.Counters.Connections > 0)
            {
                await Task.Delay(20, deadline.Token).ConfigureAwait(false);
            }

            await parts.Store.FlushAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            HostLog.DrainTimedOut(logger, options.DrainMs, parts.Transport.Counters.Connections);
        }
        catch (StoreUnavailableException e)
        {
            HostLog.DrainWithoutStore(logger, e.Message);
        }
    }

    // They stop sending devices here, and take this node's partitions over.
    private async Task TellNodesAsync()
    {
        try
        {
            await (parts.Membership?.DrainAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            HostLog.DrainUntold(logger, e.Message); // Redis is away: they see it when the lease ends
        }
    }

    private async Task TellDevicesAsync(CancellationToken deadline)
    {
        var longestMs = Math.Min(options.DrainSpreadMs, (options.DrainMs - options.DrainLeadMs) * 3 / 4); // the last ones need time to hang up
        var spreadMs = Elsewhere().Length == 0 ? 0 : (int)Math.Min(longestMs, parts.Directory.Count * 1000L / DevicesPerSecondMin);
        var slices = Math.Max(1, spreadMs / SliceMs);
        for (var slice = 0; slice < slices; slice++)
        {
            var elsewhere = Elsewhere(); // again: nodes come and go
            var retryAfterMs = elsewhere.Length == 0 ? options.DrainMs : RetryElsewhereMs;
            foreach (var reactor in parts.Reactors)
            {
                reactor.Mailbox.Post(new ReactorMail(ReactorMailKind.Drain, default, new DrainSlice(slice, slices, retryAfterMs, elsewhere)));
            }

            if (slice < slices - 1)
            {
                await Task.Delay(SliceMs, deadline).ConfigureAwait(false);
            }
        }
    }

    private string[] Elsewhere()
    {
        var others = parts.Membership?.Nodes
            .Where(node => node.Node != options.Node && !node.IsDraining && node.Address.Length is > 0 and <= ProtocolLimits.AddressBytesMax)
            .Select(node => node.Address)
            .ToArray() ?? [];
        Random.Shared.Shuffle(others);
        return others.Length > ProtocolLimits.ElsewhereMax ? others[..ProtocolLimits.ElsewhereMax] : others;
    }
}
