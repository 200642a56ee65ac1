using System.Buffers;
using Pusher.Cli.Load.Engine;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Cli.Load.Protocols;

/// <summary>Takes the messages of simulated devices and acknowledges them, once per stream and read; those of QoS 0 are only taken.</summary>
/// <remarks>Threading: on the engine's thread only.</remarks>
internal sealed class DeviceInbox(DeliveryLog deliveries, EngineCounters counters)
{
    private uint _ackStream;
    private ulong _ackSeq;

    /// <summary>False when the payload is no PUSH.</summary>
    public bool OnPush(ref LoadDevice device, in ReadOnlySequence<byte> payload, IBufferWriter<byte> output)
    {
        if (!PushHead.TryRead(in payload, out var head, out var body))
        {
            return false;
        }

        if (head.Stream == 0)
        {
            deliveries.HandOver(ref device, in body); // QoS 0
            return true;
        }

        ref var stream = ref Find(ref device, head.Stream);
        if (stream.Take(head.Seq))
        {
            deliveries.HandOver(ref device, in body);
        }
        else if (head.Seq <= stream.Through)
        {
            counters.CountRedelivery();
        }
        else
        {
            counters.CountGap();
            return true;
        }

        Acknowledge(head.Stream, stream.Through, output);
        return true;
    }

    /// <summary>False when the payload is no SKIPPED.</summary>
    public bool OnSkipped(ref LoadDevice device, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        if (!SkippedFrame.TryRead(payload, out var skipped))
        {
            return false;
        }

        ref var stream = ref Find(ref device, skipped.Stream);
        var before = stream.Through;
        stream.Skip(skipped.FirstSeq, skipped.LastSeq);
        counters.CountSkipped(stream.Through - before);
        Acknowledge(skipped.Stream, stream.Through, output);
        return true;
    }

    /// <summary>False when the payload is no RESET.</summary>
    public bool OnReset(ref LoadDevice device, ReadOnlySpan<byte> payload)
    {
        if (!ResetFrame.TryRead(payload, out var reset))
        {
            return false;
        }

        Find(ref device, reset.OldStream) = new DeviceStream { Stream = reset.NewStream };
        counters.CountReset();
        return true;
    }

    /// <summary>Where the server stands; what the device knows better stays.</summary>
    public static void OnWelcome(ref LoadDevice device, in WelcomeFrame welcome)
    {
        for (var i = 0; i < welcome.StreamCount; i++)
        {
            var position = welcome.GetStream(i);
            ref var stream = ref Find(ref device, position.Stream);
            stream.Through = Math.Max(stream.Through, position.Seq);
        }
    }

    /// <summary>The streams for HELLO, written to <paramref name="positions"/>; returns how many.</summary>
    public static int Positions(in LoadDevice device, Span<StreamPosition> positions)
    {
        if (device.First.Stream == 0)
        {
            return 0;
        }

        positions[0] = new StreamPosition(device.First.Stream, device.First.Through);
        var count = 1;
        foreach (var stream in device.More.AsSpan())
        {
            if (count < positions.Length)
            {
                positions[count++] = new StreamPosition(stream.Stream, stream.Through);
            }
        }

        return count;
    }

    /// <summary>Writes the acknowledgement that is still due.</summary>
    public void Flush(IBufferWriter<byte> output)
    {
        if (_ackStream != 0)
        {
            FrameWriter.WriteAck(output, FrameFlags.None, _ackStream, _ackSeq);
            _ackStream = 0;
        }
    }

    private void Acknowledge(uint stream, ulong through, IBufferWriter<byte> output)
    {
        if (_ackStream != stream)
        {
            Flush(output);
        }

        _ackStream = stream;
        _ackSeq = through;
    }

    private static ref DeviceStream Find(ref LoadDevice device, uint stream)
    {
        if (device.First.Stream == stream || device.First.Stream == 0)
        {
            device.First.Stream = stream;
            return ref device.First;
        }

        for (var i = 0; i < device.More?.Length; i++)
        {
            if (device.More[i].Stream == stream)
            {
                return ref device.More[i];
            }
        }

        device.More = [.. device.More ?? [], new DeviceStream { Stream = stream }];
        return ref device.More[^1];
    }
}
