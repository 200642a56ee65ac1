namespace Pusher.Router.Bus;

/// <summary>Takes a message where it was received. It must copy what it keeps, be quick, never wait and not throw: the next message waits for it.</summary>
public delegate void BusReceiver(in BusArrival arrival);
