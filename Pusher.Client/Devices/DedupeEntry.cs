using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>What is remembered of one message id.</summary>
/// <param name="Finished">True: the application is done with it, with the result that follows. False: it was handed over, and no more is known.</param>
/// <param name="Result">The result; meaningless unless finished.</param>
/// <param name="Text">The text to the result; kept in memory only, so null after a restart.</param>
public readonly record struct DedupeEntry(bool Finished, DeliveryResult Result, string? Text);
