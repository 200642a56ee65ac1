using System.Diagnostics;
using Xunit;

namespace Pusher.Tests.Transport.Support;

/// <summary>Waits for a condition with a deadline, far above what it takes on a busy machine.</summary>
internal static class Until
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Deadline, $"did not happen in {Deadline.TotalSeconds} s: {what}");
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }

    public static Task DoneAsync(Task task) => task.WaitAsync(Deadline, TestContext.Current.CancellationToken);

    public static Task<T> DoneAsync<T>(Task<T> task) => task.WaitAsync(Deadline, TestContext.Current.CancellationToken);
}
