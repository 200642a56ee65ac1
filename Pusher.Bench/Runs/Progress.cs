using System.Diagnostics;

namespace Pusher.Bench.Runs;

/// <summary>One line to standard error for each part: what runs, and how long all may still take, by how long it took so far.</summary>
internal sealed class Progress(int parts)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private int _begun;

    public void Begin(int round, string subject, string part)
    {
        var elapsed = Stopwatch.GetElapsedTime(_start);
        var left = _begun == 0 ? "" : $", about {elapsed / _begun * (parts - _begun):hh\\:mm\\:ss} left";
        _begun++;
        Console.Error.WriteLine($"[{_begun}/{parts}, {elapsed:hh\\:mm\\:ss}{left}] round {round}: {subject} {part}");
    }

    public static void Problem(string subject, string part, string problem) => Console.Error.WriteLine($"{subject} {part}: {problem}");
}
