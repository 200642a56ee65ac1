using System.IO.Pipelines;
using Pusher.Bench.Servers.Wire;

namespace Pusher.Bench.Servers.Kestrel;

/// <summary>A device's connection and its count.</summary>
/// <remarks>Threading: any thread; a pipe takes one writer at a time, hence the lock.</remarks>
internal sealed class KestrelDevice(PipeWriter output, uint stream)
{
    private readonly Lock _gate = new();
    private ulong _seq;
    private bool _isClosed;

    /// <summary>False when the connection is gone.</summary>
    public bool Push(ReadOnlySpan<byte> body, ulong message, int qos)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            var frame = output.GetSpan(DeviceFrames.PushHeadBytes + body.Length);
            DeviceFrames.WritePushHead(frame, body.Length, message, qos == 0 ? 0 : stream, qos == 0 ? 0 : ++_seq);
            body.CopyTo(frame[DeviceFrames.PushHeadBytes..]);
            return Send(DeviceFrames.PushHeadBytes + body.Length);
        }
    }

    public void Write(ReadOnlySpan<byte> frame)
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                frame.CopyTo(output.GetSpan(frame.Length));
                Send(frame.Length);
            }
        }
    }

    public void Welcome()
    {
        lock (_gate)
        {
            DeviceFrames.WriteWelcome(output.GetSpan(DeviceFrames.WelcomeBytes), stream);
            Send(DeviceFrames.WelcomeBytes);
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    // The pipe has no bound (KestrelServer), so a flush never waits.
    private bool Send(int bytes)
    {
        output.Advance(bytes);
        var flush = output.FlushAsync();
        return flush.IsCompletedSuccessfully && !flush.Result.IsCompleted;
    }
}
