using System.Buffers;
using Pusher.Cli.Load.Publishing;
using Pusher.Core.Protocol;
using Pusher.Transport;

namespace Pusher.Cli.Load.Engine;

/// <summary>One reactor of a run: its devices, and on the first one the publishers.</summary>
/// <remarks>Threading: on the reactor's thread.</remarks>
/// <param name="devices">The devices of this reactor.</param>
/// <param name="publishing">The publishers of the run; null = none.</param>
/// <param name="isPublishing">True when they live here.</param>
internal sealed class LoadReactor(DeviceEngine devices, PublishEngine? publishing, bool isPublishing) : IReactorClientHandler
{
    private readonly PublishEngine? _own = isPublishing ? publishing : null;
    private long _deliveries;

    public void OnStarted(IReactor reactor)
    {
        devices.OnStarted(reactor);
        _own?.OnStarted((IReactorClient)reactor);
    }

    public void OnAccepted(ConnectionId connection, in PeerAddress remote) => throw new InvalidOperationException("nothing listens here");

    public void OnConnected(ConnectionId connection)
    {
        if (_own?.Find(connection) is { } link)
        {
            _own.OnConnected(link);
        }
        else
        {
            devices.OnConnected(connection);
        }
    }

    public SequencePosition OnReceived(ConnectionId connection, in ReadOnlySequence<byte> bytes)
        => _own?.Find(connection) is { } link ? _own.OnReceived(link, in bytes) : devices.OnReceived(connection, in bytes);

    public void OnClosed(ConnectionId connection, CloseReason reason)
    {
        if (_own?.Find(connection) is { } link)
        {
            _own.OnClosed(link, reason);
        }
        else
        {
            devices.OnClosed(connection, reason);
        }
    }

    public int OnTurn(long nowMs)
    {
        var sleepMs = devices.OnTurn();
        if (_own is not null)
        {
            var publishingMs = _own.OnTurn();
            return publishingMs < 0 ? sleepMs : Math.Min(sleepMs, publishingMs);
        }

        if (publishing is not null && devices.Deliveries.Count != _deliveries)
        {
            _deliveries = devices.Deliveries.Count;
            publishing.Wake(); // its window may have room again
        }

        return sleepMs;
    }
}
