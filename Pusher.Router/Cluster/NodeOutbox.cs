using Microsoft.Extensions.Logging;
using Pusher.Router.Bus;
using Pusher.Router.Dispatch;

namespace Pusher.Router.Cluster;

/// <summary>
/// What waits to go to one subject. While a message is on its way to the bus the next entries gather, so the busier the node, the more of them share an
/// envelope; a lone entry waits for one switch of threads.
/// </summary>
/// <remarks>Threading: any thread adds, under a lock that is held for one entry; one thread of the pool at a time sends.</remarks>
internal sealed class NodeOutbox(string subject, IClusterBus bus, ClusterOptions options, ClusterCounters counters, ILogger log) : IThreadPoolWorkItem
{
    private const int EntryHeadBytesMax = 256;

    private readonly Lock _gate = new();
    private readonly Queue<Envelope> _full = new();
    private readonly Stack<Envelope> _spare = new();
    private Envelope? _filling;
    private bool _isSending;

    /// <summary>Sends an entry soon. False, and counted, when the bus is away or too much waits. Never throws.</summary>
    public bool Add<TEntry>(in TEntry entry)
        where TEntry : struct, IEnvelopeEntry
    {
        if (!bus.IsConnected)
        {
            counters.OnDropped(1);
            return false;
        }

        lock (_gate)
        {
            if (!TryMakeRoom())
            {
                counters.OnDropped(1);
                return false;
            }

            _filling!.Add(in entry);
            if (_isSending)
            {
                return true;
            }

            _isSending = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    /// <inheritdoc/>
    public void Execute() => _ = SendAsync();

    private bool TryMakeRoom()
    {
        if (_filling is not null && _filling.Length >= options.EnvelopeBytes)
        {
            if (_full.Count >= options.EnvelopesWaitingMax)
            {
                return false;
            }

            _full.Enqueue(_filling);
            _filling = null;
        }

        _filling ??= _spare.TryPop(out var spare) ? spare : new Envelope(options.Node, options.EnvelopeBytes + options.LetterBytesMax + EntryHeadBytesMax);
        return true;
    }

    private async Task SendAsync()
    {
        while (TryTake(out var envelope))
        {
            try
            {
                await bus.PublishAsync(subject, envelope.Written).ConfigureAwait(false);
                counters.OnSent(envelope.Entries);
            }
            catch (Exception e)
            {
                counters.OnDropped(envelope.Entries);
                BusSender.Tell(log, subject, e);
            }

            Return(envelope);
        }
    }

    private bool TryTake(out Envelope envelope)
    {
        lock (_gate)
        {
            if (_full.TryDequeue(out envelope!))
            {
                return true;
            }

            if (_filling is { Entries: > 0 })
            {
                envelope = _filling;
                _filling = null;
                return true;
            }

            _isSending = false;
            return false;
        }
    }

    // Two are enough for a steady flow; those of a burst are the collector's.
    private void Return(Envelope envelope)
    {
        envelope.Clear();
        lock (_gate)
        {
            if (_spare.Count < 2)
            {
                _spare.Push(envelope);
            }
        }
    }
}
