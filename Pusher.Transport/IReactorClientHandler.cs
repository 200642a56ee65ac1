namespace Pusher.Transport;

/// <summary>What lives on a reactor that opens connections. The reactor given to <see cref="IReactorHandler.OnStarted"/> is an <see cref="IReactorClient"/>.</summary>
/// <remarks>Threading: the reactor calls every member on its own thread.</remarks>
public interface IReactorClientHandler : IReactorHandler
{
    /// <summary>A connection begun by <see cref="IReactorClient.Connect"/> is open.</summary>
    void OnConnected(ConnectionId connection);
}
