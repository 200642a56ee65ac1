using StackExchange.Redis;

namespace Pusher.Router.Redis;

/// <summary>What the failure of a command says about its effect. In doubt it says nothing.</summary>
internal static class RedisFault
{
    private const string Loss = "LOST";

    // How Redis words a refusal that comes before a script's first command.
    private static readonly string[] Refusals =
    [
        "NOSCRIPT", "LOADING", "OOM", "READONLY", "MISCONF", "NOREPLICAS", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOAUTH", "NOPERM", "WRONGPASS", "BUSY", Loss,
    ];

    /// <summary>True for what a server that is gone, slow, full or misconfigured makes a command throw; false for a defect of ours.</summary>
    public static bool IsFault(Exception failure)
        => failure is RedisException or TimeoutException or ObjectDisposedException or OperationCanceledException or RedisCommandException;

    /// <summary>True when the command has certainly changed nothing.</summary>
    public static bool HadNoEffect(Exception failure) => failure switch
    {
        // Thrown before a byte was written. Any other loss of the connection may have come after the command was carried out.
        RedisConnectionException lost => lost.FailureType == ConnectionFailureType.UnableToResolvePhysicalConnection,
        RedisServerException refused => IsRefusal(refused.Message),
        ObjectDisposedException => true,
        _ => false,
    };

    /// <summary>True when a batch was refused because messages that were stored are not there any more.</summary>
    public static bool IsLoss(Exception failure) => failure is RedisServerException refused && refused.Message.StartsWith(Loss, StringComparison.Ordinal);

    /// <summary>True when the server has no memory for it.</summary>
    public static bool IsOutOfMemory(Exception failure)
        => failure is RedisServerException refused && refused.Message.StartsWith("OOM", StringComparison.Ordinal) && IsRefusal(refused.Message);

    /// <summary>True when the server takes no writes any more: another has taken over.</summary>
    public static bool IsDemoted(Exception failure)
        => failure is RedisServerException refused && refused.Message.StartsWith("READONLY", StringComparison.Ordinal);

    // An error that a command inside of a script has raised names the script's line: what was done before it stays done.
    private static bool IsRefusal(string message)
        => !message.Contains("user_script", StringComparison.Ordinal)
            && Array.Exists(Refusals, prefix => message.StartsWith(prefix, StringComparison.Ordinal));
}
