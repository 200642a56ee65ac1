using Microsoft.Extensions.Logging;
using Pusher.Router.Bus;

namespace Pusher.Router.Dispatch;

/// <summary>
/// Sends a buffer on the bus from a thread that must neither wait nor throw. When the bus is not there the message is gone: a publisher without
/// an answer asks again under its publisher id, and an event can be asked for as a message status.
/// </summary>
internal static class BusSender
{
    /// <summary>Takes <paramref name="buffer"/> over. False when the bus was not connected.</summary>
    public static bool Send(IClusterBus bus, string subject, IBusBuffer buffer, ILogger log)
    {
        // Still under way counts as sent: what becomes of it is logged.
        var sending = SendAsync(bus, subject, buffer, log);
        return !sending.IsCompleted || sending.GetAwaiter().GetResult();
    }

    /// <summary>The same, for who sends one behind the other. Never fails.</summary>
    public static ValueTask<bool> SendAsync(IClusterBus bus, string subject, IBusBuffer buffer, ILogger log)
    {
        if (!bus.IsConnected)
        {
            buffer.Dispose();
            return new ValueTask<bool>(false);
        }

        ValueTask sending;
        try
        {
            sending = bus.PublishAsync(subject, buffer.Written);
        }
        catch (Exception e)
        {
            buffer.Dispose();
            Tell(log, subject, e);
            return new ValueTask<bool>(false);
        }

        if (!sending.IsCompletedSuccessfully)
        {
            return FinishAsync(sending, subject, buffer, log);
        }

        sending.GetAwaiter().GetResult();
        buffer.Dispose();
        return new ValueTask<bool>(true);
    }

    /// <summary>A bus that is away is expected. Anything else is a defect, and must not end the loop or the reactor that sends: nothing would be sent from then on.</summary>
    public static void Tell(ILogger log, string subject, Exception failure)
    {
        if (failure is BusUnavailableException)
        {
            RouterLog.SendFailed(log, subject, failure.Message);
        }
        else
        {
            RouterLog.SendDefect(log, subject, failure);
        }
    }

    private static async ValueTask<bool> FinishAsync(ValueTask sending, string subject, IBusBuffer buffer, ILogger log)
    {
        try
        {
            await sending.ConfigureAwait(false);
            return true;
        }
        catch (Exception e)
        {
            Tell(log, subject, e);
            return false;
        }
        finally
        {
            buffer.Dispose();
        }
    }
}
