namespace Pusher.Client.Devices;

/// <summary>One stream on the device: what is expected next, what is being worked on, how far it is finished.</summary>
internal sealed class StreamInbox(uint stream)
{
    private readonly Queue<(ulong Through, DeviceMessage? Pending)> _open = new();

    public uint Stream { get; } = stream;

    /// <summary>The seq that is taken next.</summary>
    public ulong Expected { get; private set; } = 1;

    /// <summary>Everything through this seq is finished and may be acknowledged.</summary>
    public ulong FinishedThrough { get; private set; }

    /// <summary>An acknowledgement is to be written.</summary>
    public bool AckDue { get; set; }

    /// <summary>Taken and not finished.</summary>
    public int OpenCount => _open.Count;

    /// <summary>A new connection: the server goes on behind <paramref name="acked"/> and sends again what was open.</summary>
    public void Resume(ulong acked)
    {
        _open.Clear();
        AckDue = false;
        FinishedThrough = acked;
        Expected = acked + 1;
    }

    /// <summary>Takes everything from expected through <paramref name="through"/>; a null message is finished already.</summary>
    public void Take(ulong through, DeviceMessage? pending)
    {
        _open.Enqueue((through, pending));
        Expected = through + 1;
    }

    /// <summary>Moves <see cref="FinishedThrough"/> over all that is finished; true when it moved.</summary>
    public bool Advance()
    {
        var moved = false;
        while (_open.TryPeek(out var head) && head.Pending is null or { Finished: true })
        {
            FinishedThrough = head.Through;
            _open.Dequeue();
            moved = true;
        }

        AckDue |= moved;
        return moved;
    }
}
