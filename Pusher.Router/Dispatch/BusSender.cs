using Microsoft.Extensions.Logging;
using Pusher.Router.Bus;

namespace Pusher.Router.Dispatch;

/// <summary>
/// Sends a buffer on the bus from a thread that must neither wait nor throw. When the bus is not there the message is gone: a publisher without
/// an answer asks again under its publisher id, and an event can be asked for as a message status.
/// </summary>
internal static class BusSender
{
    /// <summary>Takes <paramref name="json"/> over. False when the bus was not connected.</summary>
    public static bool Send(IClusterBus bus, string subject, JsonBuffer json, ILogger log)
    {
        // Still under way counts as sent: what becomes of it is logged.
        var sending = SendAsync(bus, subject, json, log);
        return !sending.IsCompleted || sending.GetAwaiter().GetResult();
    }

    /// <summary>The same, for who sends one behind the other. Never fails.</summary>
    public static ValueTask<bool> SendAsync(IClusterBus bus, string subject, JsonBuffer json, ILogger log)
    {
        if (!bus.IsConnected)
        {
            json.Dispose();
            return new ValueTask<bool>(false);
        }

        ValueTask sending;
        try
        {
            sending = bus.PublishAsync(subject, json.Written);
        }
        catch (Exception e)
        {
            json.Dispose();
            Tell(log, subject, e);
            return new ValueTask<bool>(false);
        }

        if (!sending.IsCompletedSuccessfully)
        {
            return FinishAsync(sending, subject, json, log);
        }

        sending.GetAwaiter().GetResult();
        json.Dispose();
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

    private static async ValueTask<bool> FinishAsync(ValueTask sending, string subject, JsonBuffer json, ILogger log)
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
            json.Dispose();
        }
    }
}
