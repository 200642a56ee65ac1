namespace Pusher.Transport.Epoll;

/// <summary>A connection on its way from the listener to its loop.</summary>
internal readonly record struct AcceptedSocket(int Descriptor, PeerAddress Remote);
