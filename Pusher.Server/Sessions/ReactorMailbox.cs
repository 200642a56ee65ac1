using System.Collections.Concurrent;
using Pusher.Transport;

namespace Pusher.Server.Sessions;

/// <summary>The way into a reactor for everybody else.</summary>
/// <remarks>
/// Threading: <see cref="Post"/> from any thread; <see cref="TryTake"/> on the reactor only. Unbounded by itself: what is
/// posted is bounded by the store's queue bounds (rings), by <see cref="TryPostUnstored"/> (QoS 0) and by one request in flight per session (everything else).
/// </remarks>
public sealed class ReactorMailbox
{
    /// <summary>QoS 0 that may wait for one reactor: some 60,000 messages of 128 bytes.</summary>
    private const int UnstoredBytesMax = 16 * 1024 * 1024;

    /// <summary>What a message costs beside its bytes.</summary>
    private const int MailBytes = 128;

    private readonly ConcurrentQueue<ReactorMail> _queue = new();
    private volatile IReactor? _reactor;
    private long _unstoredBytes;

    /// <summary>True when nothing waits.</summary>
    public bool IsEmpty => _queue.IsEmpty;

    /// <summary>The reactor runs: from now on it is woken.</summary>
    public void Attach(IReactor reactor)
    {
        _reactor = reactor;
        reactor.Wake();
    }

    public void Post(in ReactorMail mail)
    {
        _queue.Enqueue(mail);
        _reactor?.Wake();
    }

    /// <summary>Posts a QoS 0 message; false when too many of them wait: nothing else would bound a publisher that is quicker than the reactor.</summary>
    public bool TryPostUnstored(in ReactorMail mail)
    {
        var cost = CostOf(in mail);
        if (Interlocked.Add(ref _unstoredBytes, cost) > UnstoredBytesMax)
        {
            Interlocked.Add(ref _unstoredBytes, -cost);
            return false;
        }

        Post(in mail);
        return true;
    }

    public bool TryTake(out ReactorMail mail)
    {
        if (!_queue.TryDequeue(out mail))
        {
            return false;
        }

        if (mail.Kind is ReactorMailKind.Unstored or ReactorMailKind.FanOut)
        {
            Interlocked.Add(ref _unstoredBytes, -CostOf(in mail));
        }

        return true;
    }

    private static int CostOf(in ReactorMail mail) => mail.Frame.Length + MailBytes;
}
