using System.Buffers;
using System.Net;
using System.Text;
using Pusher.Cli.Load.Engine;
using Pusher.Core.Protocol;

namespace Pusher.Cli.Load.Protocols;

/// <summary>The device side of Pusher's own protocol.</summary>
/// <remarks>Threading: on the engine's thread only.</remarks>
internal sealed class PusherDeviceProtocol(DeviceGreeter greeter, DeviceInbox inbox, IDeviceEvents events) : IDeviceProtocol
{
    public void Greet(int index, ref LoadDevice device, IBufferWriter<byte> output) => greeter.WriteHello(index, in device, output);

    public void Beat(IBufferWriter<byte> output) => FrameWriter.WriteHeartbeat(output, FrameFlags.None);

    public string? Read(int index, ref LoadDevice device, ref ReadOnlySequence<byte> bytes, IBufferWriter<byte> output)
    {
        while (true)
        {
            var status = FrameReader.TryRead(ref bytes, ProtocolLimits.PayloadBytesMaxDefault * 256, out var header, out var payload, out var error);
            if (status != FrameReadStatus.Frame)
            {
                inbox.Flush(output);
                return status == FrameReadStatus.Invalid ? $"the server sent no frame of this protocol ({error}); does something else listen there?" : null;
            }

            if (!OnFrame(index, ref device, header.Type, in payload, output))
            {
                inbox.Flush(output);
                return $"the server sent a {header.Type} that cannot be read";
            }
        }
    }

    private bool OnFrame(int index, ref LoadDevice device, FrameType type, in ReadOnlySequence<byte> payload, IBufferWriter<byte> output)
    {
        if (type == FrameType.Push)
        {
            return inbox.OnPush(ref device, in payload, output);
        }

        if (payload.Length > ProtocolLimits.LoginPayloadBytesMax)
        {
            return true; // of a type to come: skipped by its length
        }

        Span<byte> scratch = stackalloc byte[ProtocolLimits.LoginPayloadBytesMax];
        payload.CopyTo(scratch);
        ReadOnlySpan<byte> bytes = scratch[..(int)payload.Length];
        switch (type)
        {
            case FrameType.Challenge:
                device.Phase = DevicePhase.Proving;
                return greeter.TryProve(index, in device, bytes, output);
            case FrameType.Welcome:
                return OnWelcome(index, ref device, bytes);
            case FrameType.Skipped:
                return inbox.OnSkipped(ref device, bytes, output);
            case FrameType.Reset:
                return inbox.OnReset(ref device, bytes);
            case FrameType.Settings:
                return OnSettings(index, bytes);
            case FrameType.Refused or FrameType.GoAway:
                return OnFarewell(index, bytes);
            default:
                return true;
        }
    }

    private bool OnWelcome(int index, ref LoadDevice device, ReadOnlySpan<byte> payload)
    {
        if (device.Phase != DevicePhase.Proving || !WelcomeFrame.TryRead(payload, out var welcome))
        {
            return false;
        }

        DeviceInbox.OnWelcome(ref device, in welcome);
        events.LoggedIn(index, welcome.HeartbeatMs);
        return true;
    }

    private bool OnSettings(int index, ReadOnlySpan<byte> payload)
    {
        if (!SettingsFrame.TryRead(payload, out var settings))
        {
            return false;
        }

        events.HeartbeatChanged(index, settings.HeartbeatMs);
        return true;
    }

    private bool OnFarewell(int index, ReadOnlySpan<byte> payload)
    {
        if (!FarewellFrame.TryRead(payload, out var farewell))
        {
            return false;
        }

        events.TurnedAway(index, farewell.Reason, Encoding.UTF8.GetString(farewell.Text), farewell.RetryAfterMs, Elsewhere(farewell));
        return true;
    }

    // One of them by lot, so that a node's devices spread. A name would have to be looked up on this thread: the server is tried again instead.
    private static IPEndPoint? Elsewhere(in FarewellFrame farewell)
        => farewell.ElsewhereCount > 0
            && IPEndPoint.TryParse(Encoding.ASCII.GetString(farewell.GetElsewhere(Random.Shared.Next(farewell.ElsewhereCount))), out var address)
            && address.Port != 0
            ? address
            : null;
}
