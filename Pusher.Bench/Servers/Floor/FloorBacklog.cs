namespace Pusher.Bench.Servers.Floor;

/// <summary>Bytes for a connection that took none at that moment, in order.</summary>
internal sealed class FloorBacklog
{
    private const int BytesMax = 4 << 20;

    private byte[] _bytes = new byte[4096];
    private int _start;
    private int _end;

    public ReadOnlySpan<byte> Waiting => _bytes.AsSpan(_start.._end);

    /// <summary>False when a peer that reads nothing has waited for too much already; nothing is added then.</summary>
    public bool TryAdd(ReadOnlySpan<byte> bytes)
    {
        if (_end - _start > BytesMax)
        {
            return false;
        }

        if (_bytes.Length - _end < bytes.Length)
        {
            var roomier = new byte[Math.Max(_bytes.Length, 2 * (_end - _start + bytes.Length))];
            Waiting.CopyTo(roomier);
            (_bytes, _end, _start) = (roomier, _end - _start, 0);
        }

        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
        return true;
    }

    public void Take(int count) => _start += count;
}
