using System.Diagnostics;
using System.Globalization;

namespace Pusher.Router.Faults;

/// <summary>
/// Places in the code where a test may ask the process to die. Off unless <c>PUSHER_CRASH_POINT=name:count</c> is set; then
/// the process kills itself, as SIGKILL does, at the count-th hit (1 or more) of that name.
/// </summary>
/// <remarks>
/// Threading: any thread. The fields are read once and are <c>static readonly</c>, so that the JIT removes the call when no crash is asked for.
/// </remarks>
public static class CrashPoint
{
    /// <summary>An append is about to enter the transaction.</summary>
    public const string BeforeStore = "before-store";

    /// <summary>An append is committed and flushed, its publisher has no answer yet.</summary>
    public const string AfterStore = "after-store";

    /// <summary>The publisher has its OK, the device's bell has not rung.</summary>
    public const string AfterOk = "after-ok";

    /// <summary>A message was sent to its device, no acknowledgement has come.</summary>
    public const string AfterSend = "after-send";

    /// <summary>An acknowledgement has come, its deletion is not committed.</summary>
    public const string AfterAck = "after-ack";

    /// <summary>The environment variable that arms one crash point.</summary>
    public const string Variable = "PUSHER_CRASH_POINT";

    private static readonly string? Armed = Parse(Environment.GetEnvironmentVariable(Variable), out _);
    private static int _remaining = Count();

    /// <summary>True when this process was asked to die somewhere.</summary>
    public static readonly bool IsArmed = Armed is not null;

    /// <summary>Counts one hit of <paramref name="name"/>; does not return when it is the one that was asked for.</summary>
    public static void Hit(string name)
    {
        if (IsArmed && name == Armed && Interlocked.Decrement(ref _remaining) == 0)
        {
            Die();
        }
    }

    /// <summary>Reads <c>name:count</c>; null and 0 when it is absent.</summary>
    /// <exception cref="FormatException">It is set, but not of that form: a test that would crash nothing must not pass.</exception>
    internal static string? Parse(string? value, out int count)
    {
        count = 0;
        if (string.IsNullOrEmpty(value))
        {
            return null;
        }

        var colon = value.IndexOf(':', StringComparison.Ordinal);
        var name = colon > 0 ? value[..colon] : "";
        if (name is not (BeforeStore or AfterStore or AfterOk or AfterSend or AfterAck)
            || !int.TryParse(value.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out count)
            || count == 0)
        {
            throw new FormatException($"{Variable}={value}: expected <crash point>:<count of 1 or more>.");
        }

        return name;
    }

    private static int Count()
    {
        Parse(Environment.GetEnvironmentVariable(Variable), out var count);
        return count;
    }

    // Process.Kill is SIGKILL: no finally, no flush, no dump, which is what a crash test wants.
    private static void Die()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }
}
