using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Pusher.Router.Bus;

/// <summary>Empties one subscription's queue into its handler. A handler that throws is a defect: it is logged and the next message goes on.</summary>
internal sealed class BusDelivery(string subject, Action<BusMessage> handler, ILogger log)
{
    public async Task RunAsync<T>(ChannelReader<T> queue, Func<T, BusMessage> toMessage)
    {
        while (await queue.WaitToReadAsync().ConfigureAwait(false))
        {
            while (queue.TryRead(out var item))
            {
                Hand(toMessage(item));
            }
        }
    }

    private void Hand(in BusMessage message)
    {
        try
        {
            handler(message);
        }
        catch (Exception e)
        {
            RouterLog.BusHandlerFailed(log, subject, e);
        }
    }
}
