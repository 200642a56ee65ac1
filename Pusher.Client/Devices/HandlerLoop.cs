using Microsoft.Extensions.Logging;
using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>
/// Calls the application's handler for one message after the other. Acknowledgements of handlers that returned at once are
/// gathered and go out together; before a handler that takes its time, and when there is nothing to do, they go out.
/// </summary>
/// <remarks>Threading: one loop.</remarks>
internal sealed class HandlerLoop(DeviceHost host, DeviceClientOptions options, MessageHandler handler, ILogger logger, TimeProvider time)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var message in host.HandedOver.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (await HandleAsync(message, cancellationToken).ConfigureAwait(false) is not { } result)
            {
                return; // the client stops: not finished, so it is sent again
            }

            host.Do(s => s.OnHandled(message, result));
            if (!host.HandedOver.TryPeek(out _))
            {
                host.Do(s => s.Flush());
            }
        }
    }

    /// <summary>The result; null when the client stopped first.</summary>
    private async ValueTask<HandlingResult?> HandleAsync(DeviceMessage message, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var handling = handler(message, cancellationToken);
                if (!handling.IsCompleted)
                {
                    host.Do(s => s.Flush());
                }

                return await handling.ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return null;
            }
            catch (Exception e)
            {
                ClientLog.HandlerFailed(logger, e, options.Identity.ToString(), message.MessageId, attempt, options.HandlerAttempts);
                if (attempt >= options.HandlerAttempts)
                {
                    return new HandlingResult(DeliveryResult.HandlerFailed, e.Message);
                }
            }

            if (!await PauseAsync(cancellationToken).ConfigureAwait(false))
            {
                return null;
            }
        }
    }

    private async ValueTask<bool> PauseAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(options.HandlerRetryMs), time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !cancellationToken.IsCancellationRequested;
    }
}
