namespace Pusher.Client.Devices;

/// <summary>
/// Handles one message and says what became of it. It is called for one message at a time, in order of seq within a stream; the
/// message is acknowledged after it returned. The token is cancelled when the client stops and the handler has used up the
/// stop time. What happens when it throws says <see cref="DeviceClientOptions.HandlerAttempts"/>.
/// </summary>
public delegate ValueTask<HandlingResult> MessageHandler(DeviceMessage message, CancellationToken cancellationToken);
