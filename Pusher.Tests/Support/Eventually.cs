using System.Runtime.CompilerServices;
using Xunit;

namespace Pusher.Tests.Support;

/// <summary>Waits for a condition, with a deadline that fails the test by naming what did not come.</summary>
public static class Eventually
{
    /// <summary>Far above what anything takes on a busy machine.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static Task TrueAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
        => TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var cancel = TestContext.Current.CancellationToken;
        var until = TimeProvider.System.GetTimestamp() + (long)(Deadline.TotalSeconds * TimeProvider.System.TimestampFrequency);
        while (!await condition())
        {
            if (TimeProvider.System.GetTimestamp() > until)
            {
                Assert.Fail($"Waited {Deadline.TotalSeconds} s in vain for: {what}");
            }

            await Task.Delay(5, cancel);
        }
    }
}
