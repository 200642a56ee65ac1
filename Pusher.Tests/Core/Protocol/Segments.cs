using System.Buffers;

namespace Pusher.Tests.Core.Protocol;

/// <summary>Makes sequences that are split where a test wants them to be.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    private Segments(ReadOnlyMemory<byte> memory, long runningIndex)
    {
        Memory = memory;
        RunningIndex = runningIndex;
    }

    /// <summary>Two segments, the first of <paramref name="at"/> bytes; both may be empty.</summary>
    public static ReadOnlySequence<byte> SplitAt(byte[] bytes, int at) => Of([bytes.AsMemory(0, at), bytes.AsMemory(at)]);

    /// <summary>Segments of <paramref name="size"/> bytes, the last one shorter.</summary>
    public static ReadOnlySequence<byte> Of(byte[] bytes, int size)
    {
        var parts = new List<ReadOnlyMemory<byte>>();
        for (var i = 0; i < bytes.Length; i += size)
        {
            parts.Add(bytes.AsMemory(i, Math.Min(size, bytes.Length - i)));
        }

        return Of(parts);
    }

    private static ReadOnlySequence<byte> Of(List<ReadOnlyMemory<byte>> parts)
    {
        if (parts.Count == 0)
        {
            return ReadOnlySequence<byte>.Empty;
        }

        var first = new Segments(Exact(parts[0]), 0);
        var last = first;
        foreach (var part in parts.Skip(1))
        {
            var next = new Segments(Exact(part), last.RunningIndex + last.Memory.Length);
            last.Next = next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    /// <summary>A copy of its own, so that a read behind its end throws instead of finding the next segment's bytes.</summary>
    private static ReadOnlyMemory<byte> Exact(ReadOnlyMemory<byte> part) => part.ToArray();
}
