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
        if (!bus.IsConnected)
        {
            json.Dispose();
            return false;
        }

        ValueTask sending;
        try
        {
            sending = bus.PublishAsync(subject, json.Written);
        }
        catch (BusUnavailableException e)
        {
            json.Dispose();
            RouterLog.SendFailed(log, subject, e.Message);
            return false;
        }

        if (sending.IsCompletedSuccessfully)
        {
            sending.GetAwaiter().GetResult();
            json.Dispose();
        }
        else
        {
            _ = FinishAsync(sending, subject, json, log);
        }

        return true;
    }

    private static async Task FinishAsync(ValueTask sending, string subject, JsonBuffer json, ILogger log)
    {
        try
        {
            await sending.ConfigureAwait(false);
        }
        catch (BusUnavailableException e)
        {
            RouterLog.SendFailed(log, subject, e.Message);
        }
        finally
        {
            json.Dispose();
        }
    }
}
