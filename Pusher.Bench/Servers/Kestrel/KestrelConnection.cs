using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Pusher.Bench.Servers.Wire;

namespace Pusher.Bench.Servers.Kestrel;

/// <summary>One connection of a device or a publisher, read by one asynchronous flow.</summary>
internal sealed class KestrelConnection(ConnectionContext connection, KestrelDevices devices)
{
    private int _number = -1;
    private KestrelDevice? _device;
    private bool _isPublisher;
    private bool _isBad;

    public async Task RunAsync()
    {
        var input = connection.Transport.Input;
        try
        {
            while (!_isBad)
            {
                var read = await input.ReadAsync().ConfigureAwait(false);
                if (read.Buffer.Length > 0)
                {
                    var consumed = Read(read.Buffer);
                    input.AdvanceTo(read.Buffer.GetPosition(consumed), read.Buffer.End);
                }

                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException)
        {
            connection.Abort(); // what a peer that went away leaves behind
        }
        finally
        {
            _device?.Close();
            if (_device is not null)
            {
                devices.Leave(_number, _device);
            }
        }
    }

    private long Read(in ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
        {
            return Read(bytes.FirstSpan);
        }

        var length = (int)bytes.Length;
        var whole = ArrayPool<byte>.Shared.Rent(length);
        bytes.CopyTo(whole);
        var consumed = Read(whole.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(whole);
        return consumed;
    }

    private int Read(ReadOnlySpan<byte> bytes)
    {
        _isPublisher |= _number < 0 && bytes[0] == 0;
        return _isPublisher ? ReadPublisher(bytes) : ReadDevice(bytes);
    }

    private int ReadPublisher(ReadOnlySpan<byte> bytes)
    {
        var consumed = 0;
        RawPublishStatus status;
        while ((status = RawPublish.TryRead(bytes[consumed..], out var publish)) == RawPublishStatus.Frame)
        {
            devices.Publish(in publish, bytes.Slice(consumed + publish.PayloadStart, publish.PayloadLength));
            consumed += publish.Length;
        }

        _isBad = status == RawPublishStatus.Invalid;
        return consumed;
    }

    private int ReadDevice(ReadOnlySpan<byte> bytes)
    {
        int consumed = 0, length, acks = 0;
        while ((length = DeviceFrames.Measure(bytes[consumed..])) > 0)
        {
            var frame = bytes.Slice(consumed, length);
            if (frame[3] == DeviceFrames.Ack)
            {
                acks++;
            }
            else
            {
                OnFrame(frame);
            }

            consumed += length;
        }

        _isBad = length < 0;
        if (acks > 0)
        {
            devices.Acked(acks);
        }

        return consumed;
    }

    private void OnFrame(ReadOnlySpan<byte> frame)
    {
        switch (frame[3])
        {
            case DeviceFrames.Hello:
                _number = devices.Register(DeviceFrames.DeviceOf(frame));
                SendChallenge(connection.Transport.Output);
                break;
            case DeviceFrames.Proof when _number >= 0 && _device is null:
                _device = new KestrelDevice(connection.Transport.Output, devices.NextStream());
                _device.Welcome();
                devices.Join(_number, _device);
                break;
            case DeviceFrames.Heartbeat:
                _device?.Write(frame);
                break;
        }
    }

    // Nobody else writes before the login is done; the pipe has no bound, so the flush does not wait.
    private void SendChallenge(PipeWriter output)
    {
        DeviceFrames.WriteChallenge(output.GetSpan(DeviceFrames.ChallengeBytes));
        output.Advance(DeviceFrames.ChallengeBytes);
        var flush = output.FlushAsync();
        _isBad = flush.IsCompletedSuccessfully && flush.Result.IsCompleted; // nobody reads what is written any more
    }
}
