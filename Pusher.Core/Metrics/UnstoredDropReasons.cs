namespace Pusher.Core.Metrics;

/// <summary>How <see cref="UnstoredDrop"/> is written.</summary>
public static class UnstoredDropReasons
{
    /// <summary>How many reasons there are; they count from 0.</summary>
    public const int Count = (int)UnstoredDrop.Overload + 1;

    private static readonly string[] Names = ["offline", "backlog", "overload"];

    /// <summary>The value of the tag.</summary>
    public static string Name(this UnstoredDrop reason) => Names[(int)reason];
}
