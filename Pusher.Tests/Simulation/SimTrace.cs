using System.Globalization;

namespace Pusher.Tests.Simulation;

/// <summary>
/// What happened, in order: always as a hash (FNV-1a), so that two runs can be compared, and as text when it is wanted.
/// </summary>
public sealed class SimTrace(SimScheduler scheduler, bool keepText)
{
    private const ulong Prime = 0x0000_0100_0000_01B3;

    private readonly List<string> _lines = [];

    public ulong Hash { get; private set; } = 0xCBF2_9CE4_8422_2325;

    public IReadOnlyList<string> Lines => _lines;

    /// <param name="who">A node, device or publisher.</param>
    /// <param name="what">A constant: it says what the numbers are.</param>
    /// <param name="a">The first number.</param>
    /// <param name="b">The second number.</param>
    /// <param name="c">The third number.</param>
    public void Note(string who, string what, ulong a = 0, ulong b = 0, ulong c = 0)
    {
        Mix((ulong)scheduler.NowMs);
        Mix(who);
        Mix(what);
        Mix(a);
        Mix(b);
        Mix(c);
        if (keepText)
        {
            var time = (scheduler.NowMs / 1000.0).ToString("F3", CultureInfo.InvariantCulture);
            _lines.Add($"{time,10}  {who,-10} {what} {a} {b} {c}");
        }
    }

    private void Mix(string text)
    {
        foreach (var c in text)
        {
            Hash = (Hash ^ c) * Prime;
        }
    }

    private void Mix(ulong value)
    {
        Hash = (Hash ^ (value & 0xFFFF_FFFF)) * Prime;
        Hash = (Hash ^ (value >> 32)) * Prime;
    }
}
