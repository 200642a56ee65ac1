using System.Diagnostics.CodeAnalysis;
using Pusher.Core.Messages;

namespace Pusher.Core.Sessions;

/// <summary>The windows of one session, one for each stream.</summary>
/// <remarks>A mutable struct, inline in its session. Nearly every device has one stream; only the others pay for an array.</remarks>
internal struct DeliveryWindows
{
    private DeliveryWindow _first;
    private DeliveryWindow[]? _more;

    /// <summary>Streams in use.</summary>
    public readonly int Count => _first.Stream == 0 ? 0 : 1 + (_more?.Length ?? 0);

    /// <summary>When the first of them wants to act, monotonic milliseconds; <see cref="long.MaxValue"/> = never.</summary>
    public readonly long NextDueMs
    {
        get
        {
            var due = _first.Stream == 0 ? long.MaxValue : _first.DueMs;
            foreach (ref readonly var window in _more.AsSpan())
            {
                due = Math.Min(due, window.DueMs);
            }

            return due;
        }
    }

    /// <summary>How far each stream is acknowledged.</summary>
    public readonly StreamPosition[] Positions()
    {
        var positions = new StreamPosition[Count];
        for (var i = 0; i < positions.Length; i++)
        {
            ref readonly var window = ref i == 0 ? ref _first : ref _more![i - 1];
            positions[i] = new StreamPosition(window.Stream, window.Acked);
        }

        return positions;
    }

    /// <summary>The window at a place below <see cref="Count"/>; valid until the next change.</summary>
    [UnscopedRef]
    public ref DeliveryWindow At(int index)
    {
        if (index == 0)
        {
            return ref _first;
        }

        return ref _more![index - 1];
    }

    /// <summary>The window of a stream; any other when it is not <paramref name="found"/>.</summary>
    [UnscopedRef]
    public ref DeliveryWindow Find(uint stream, out bool found)
    {
        for (var i = 0; i < Count; i++)
        {
            ref var window = ref At(i);
            if (window.Stream == stream)
            {
                found = true;
                return ref window;
            }
        }

        found = false;
        return ref _first;
    }

    /// <summary>The window of a stream, an empty one when there was none.</summary>
    [UnscopedRef]
    public ref DeliveryWindow FindOrAdd(uint stream)
    {
        ref var window = ref Find(stream, out var found);
        if (found)
        {
            return ref window;
        }

        Add(new DeliveryWindow { Stream = stream, DueMs = long.MaxValue });
        return ref At(Count - 1);
    }

    public void Add(in DeliveryWindow window)
    {
        if (_first.Stream == 0)
        {
            _first = window;
            return;
        }

        var more = new DeliveryWindow[(_more?.Length ?? 0) + 1];
        _more.AsSpan().CopyTo(more);
        more[^1] = window;
        _more = more;
    }

    /// <summary>Forgets a stream; the last one takes its place.</summary>
    public void Remove(uint stream)
    {
        ref var window = ref Find(stream, out var found);
        if (!found)
        {
            return;
        }

        window = At(Count - 1);
        if (_more is null)
        {
            _first = default;
        }
        else
        {
            _more = _more.Length > 1 ? _more[..^1] : null;
        }
    }
}
