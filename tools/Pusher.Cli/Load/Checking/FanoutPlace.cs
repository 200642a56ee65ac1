namespace Pusher.Cli.Load.Checking;

/// <summary>Which of the deliveries of one publish to all devices a delivery was.</summary>
[Flags]
internal enum FanoutPlace
{
    /// <summary>None of those that are measured.</summary>
    Other = 0,
    First = 1,

    /// <summary>With it, half of the devices have the message.</summary>
    Median = 2,

    /// <summary>With it, all devices have it that were connected when it was published.</summary>
    Last = 4,
}
