namespace Pusher.Router.Dispatch;

/// <summary>How a <see cref="PublishStatus"/> is written, and what a publisher should do about it.</summary>
public static class PublishStatusText
{
    /// <summary>How many statuses there are; they count from 0.</summary>
    public const int Count = (int)PublishStatus.Unknown + 1;

    private static readonly string[] Names =
        ["ok", "duplicate", "queue_full", "too_large", "unknown_device", "unauthorized", "store_unavailable", "bad_request", "unknown"];

    /// <summary>The name on the wire: snake case.</summary>
    public static string Name(this PublishStatus status) => Names[(int)status];

    /// <summary>True when the same publish may succeed later; with <see cref="PublishStatus.Unknown"/> only under the same publisher id.</summary>
    public static bool MayRetry(this PublishStatus status)
        => status is PublishStatus.QueueFull or PublishStatus.StoreUnavailable or PublishStatus.Unknown;
}
