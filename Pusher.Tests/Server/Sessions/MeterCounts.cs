using System.Diagnostics.Metrics;
using Pusher.Core.Metrics;

namespace Pusher.Tests.Server.Sessions;

/// <summary>Reads what one meter counts now.</summary>
internal static class MeterCounts
{
    /// <summary>Each count of the instrument by its tag's value; "" without a tag.</summary>
    public static Dictionary<string, long> Of(PusherMeter meter, string instrument)
    {
        var counts = new Dictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (published, listener) =>
            {
                if (published.Name == instrument && meter.Owns(published))
                {
                    listener.EnableMeasurementEvents(published);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => counts[tags.Length == 0 ? "" : (string)tags[0].Value!] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return counts;
    }
}
