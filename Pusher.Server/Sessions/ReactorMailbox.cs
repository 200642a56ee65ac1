using System.Collections.Concurrent;
using Pusher.Transport;

namespace Pusher.Server.Sessions;

/// <summary>The way into a reactor for everybody else.</summary>
/// <remarks>
/// Threading: <see cref="Post"/> from any thread; <see cref="TryTake"/> on the reactor only. Unbounded by itself: what is
/// posted is bounded by the store's queue bounds (rings) and by one request in flight per session (everything else).
/// </remarks>
public sealed class ReactorMailbox
{
    private readonly ConcurrentQueue<ReactorMail> _queue = new();
    private volatile IReactor? _reactor;

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

    public bool TryTake(out ReactorMail mail) => _queue.TryDequeue(out mail);
}
