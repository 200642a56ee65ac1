using System.Diagnostics;
using Xunit;

namespace Pusher.Tests.Support;

/// <summary>Waits like <see cref="Eventually"/>, for runs of whole processes: a longer deadline, and the state of things in the message.</summary>
public static class Expect
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    public static Task TrueAsync(Func<bool> condition, string what, Func<string> describe)
        => TrueAsync(() => Task.FromResult(condition()), what, describe);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what, Func<string> describe)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Deadline)
            {
                Assert.Fail($"Waited {Deadline.TotalSeconds} s in vain for: {what}{describe()}");
            }

            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
