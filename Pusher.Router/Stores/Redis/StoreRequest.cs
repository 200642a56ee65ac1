using Pusher.Core.Identity;

namespace Pusher.Router.Stores.Redis;

/// <summary>One request on its way to Redis. A struct in the lane's list: an acknowledgement costs no object.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Target">The <see cref="AppendOperation"/>, the <see cref="StoreCall"/>, or the result's text.</param>
/// <param name="Device">The device.</param>
/// <param name="Partition">Its partition.</param>
/// <param name="Stream">The stream of an acknowledgement or a count of attempts.</param>
/// <param name="Number">The seq; for a result, the message id; for an append, the number of its hand-over.</param>
/// <param name="Value">The result, or the count of attempts.</param>
internal readonly record struct StoreRequest(RequestKind Kind, object? Target, DeviceKey Device, int Partition, uint Stream, ulong Number, int Value)
{
    /// <summary>Payload bytes it holds in memory while it waits.</summary>
    public int Bytes => Target is AppendOperation append ? append.Payload.Length : 0;

    /// <summary>Answers an append, which is its owner's from then on.</summary>
    public void EndAppend(AppendStatus status)
    {
        StoreMeters.Appends.Add(1, StoreMeters.StatusLabels[(int)status]);
        ((AppendOperation)Target!).Complete((int)Number, status);
    }

    /// <summary>True when it may be sent again after a failure, for nobody waits for its answer and twice is as good as once.</summary>
    public bool CanBeRepeated => Kind is RequestKind.Acknowledge or RequestKind.Done or RequestKind.Attempts;
}
