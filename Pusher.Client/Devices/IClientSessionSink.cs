using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>
/// What a <see cref="ClientSession"/> asks of its host. All calls come from within a call into the session, on the same thread.
/// </summary>
public interface IClientSessionSink
{
    /// <summary>
    /// Open a connection, then call <see cref="ClientSession.OnConnected"/>, or <see cref="ClientSession.OnDisconnected"/> when it
    /// cannot be had. One connection at a time: the next is asked for only after OnDisconnected.
    /// </summary>
    void Connect(string address);

    /// <summary>Send what was written, close the connection (or give up connecting), then call <see cref="ClientSession.OnDisconnected"/>.</summary>
    void Close();

    /// <summary>
    /// The application's turn: handle it, then call <see cref="ClientSession.OnHandled"/>, from within this call or later. The
    /// next message comes after that. It is recorded as started when this is called.
    /// </summary>
    void HandOver(DeviceMessage message);

    /// <summary>The server answered an event.</summary>
    void EventAnswered(ulong eventId, EventStatus status);

    /// <summary>The server lost data of this device and drew a new stream.</summary>
    void StreamReset(StreamReset reset);

    /// <summary>The session took a step.</summary>
    void StateChanged(ClientStateChange change);
}
