using System.Net;

namespace Pusher.Transport;

/// <summary>A reactor that opens connections as well. What it opens behaves from then on like what it accepts.</summary>
/// <remarks>Threading: on the reactor's thread only.</remarks>
public interface IReactorClient : IReactor
{
    /// <summary>
    /// Begins to connect and returns at once. It ends in one call of <see cref="IReactorClientHandler.OnConnected"/>, or of
    /// <see cref="IReactorHandler.OnClosed"/> with <see cref="Core.Protocol.CloseReason.ConnectRefused"/> or
    /// <see cref="Core.Protocol.CloseReason.ConnectFailed"/>; never from inside this call. Until then the connection can be closed but
    /// not written to. There is no deadline but the kernel's of about two minutes: who wants one calls <see cref="IReactor.Close"/>.
    /// </summary>
    /// <param name="remote">Where to.</param>
    /// <param name="source">
    /// The address to come from; port 0 = any free one. One source address reaches one remote address and port about 28,000 times (Linux,
    /// ip_local_port_range); 127.0.0.2 and up are further ones of every machine. null = the system's choice.
    /// </param>
    ConnectionId Connect(IPEndPoint remote, IPEndPoint? source);
}
