namespace Pusher.Client.Publishing;

/// <summary>One message of a batch.</summary>
/// <param name="Device">Whom it is for, a device of the batch's tenant.</param>
/// <param name="Payload">The message; left alone until the batch is answered.</param>
/// <param name="Options">Null = the defaults.</param>
public sealed record BatchMessage(string Device, ReadOnlyMemory<byte> Payload, PublishOptions? Options = null);
