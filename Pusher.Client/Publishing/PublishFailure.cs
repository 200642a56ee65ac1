namespace Pusher.Client.Publishing;

/// <summary>Why a request has no answer.</summary>
/// <param name="Status">What that means for each publish in it.</param>
/// <param name="Error">A sentence for a person.</param>
internal sealed record PublishFailure(PublishStatus Status, string Error);
