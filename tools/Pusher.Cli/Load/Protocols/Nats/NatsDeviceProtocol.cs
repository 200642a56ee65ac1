using System.Buffers;
using System.Text;
using Pusher.Cli.Load.Engine;
using Pusher.Core.Protocol;

namespace Pusher.Cli.Load.Protocols.Nats;

/// <summary>A device that is a NATS client: subscribes to a subject of its own and to one of all.</summary>
/// <remarks>Threading: on the engine's thread only.</remarks>
internal sealed class NatsDeviceProtocol(DeliveryLog deliveries, IDeviceEvents events) : IDeviceProtocol
{
    private readonly NatsReader _reader = new();
    private readonly byte[] _connect = NatsHello.Connect("load device");

    public void Greet(int index, ref LoadDevice device, IBufferWriter<byte> output)
    {
        // The server speaks first.
    }

    public void Beat(IBufferWriter<byte> output) => output.Write("PING\r\n"u8);

    public string? Read(int index, ref LoadDevice device, ref ReadOnlySequence<byte> bytes, IBufferWriter<byte> output)
    {
        while (true)
        {
            var operation = _reader.Read(ref bytes);
            switch (operation.Kind)
            {
                case NatsOperationKind.Partial:
                    return null;
                case NatsOperationKind.Invalid:
                    return "what it says is not NATS; does something else listen there?";
                case NatsOperationKind.Message:
                    deliveries.HandOver(ref device, operation.Payload);
                    break;
                case NatsOperationKind.Ping:
                    output.Write("PONG\r\n"u8);
                    break;
                case NatsOperationKind.Info when NatsHello.ProblemOf(operation.Text) is { } problem:
                    return problem;
                case NatsOperationKind.Info when device.Phase == DevicePhase.Greeting:
                    device.Phase = DevicePhase.Proving;
                    Subscribe(in device, output);
                    break;
                case NatsOperationKind.Pong when device.Phase == DevicePhase.Proving:
                    events.LoggedIn(index, 0);
                    break;
                case NatsOperationKind.Error:
                    OnError(index, NatsHello.ErrorOf(operation.Text));
                    break;
            }
        }
    }

    private void Subscribe(in LoadDevice device, IBufferWriter<byte> output)
    {
        var name = device.Identity.Device;
        output.Write(_connect);
        output.Write(Encoding.ASCII.GetBytes($"SUB {NatsSubjects.Of(name)} 1\r\nSUB {NatsSubjects.OfAll(name.Tenant)} 2\r\nPING\r\n"));
    }

    private void OnError(int index, string text)
        => events.TurnedAway(index, text.StartsWith("Authorization", StringComparison.OrdinalIgnoreCase) ? CloseReason.Unauthorized : CloseReason.Internal, text, 0);
}
