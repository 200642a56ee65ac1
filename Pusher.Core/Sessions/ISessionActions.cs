using System.Buffers;
using System.Text;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Core.Sessions;

/// <summary>
/// What a session asks of its host. Nothing here answers by return value: what needs an answer gets it later, as an event
/// of <see cref="DeviceSession"/> (it may also come at once, from inside the call's caller, never from inside the call).
/// </summary>
public interface ISessionActions
{
    /// <summary>Where frames for the device are written.</summary>
    IBufferWriter<byte> Output { get; }

    /// <summary>
    /// Sends a whole frame that is encoded already, in order with <see cref="Output"/>, unless too much waits for the device: then it is dropped, and
    /// false. The bytes are valid during the call.
    /// </summary>
    bool TrySend(ReadOnlySpan<byte> frame);

    /// <summary>Fills with bytes nobody can guess.</summary>
    void FillNonce(Span<byte> nonce);

    /// <summary>
    /// The key of a device by its names, legal by <see cref="Identifier"/>. A host that knows the device hands out the strings that it
    /// has anyway: a copy of its own would cost each session some 80 bytes.
    /// </summary>
    DeviceKey Intern(ReadOnlySpan<byte> tenant, ReadOnlySpan<byte> device)
        => new(Encoding.ASCII.GetString(tenant), Encoding.ASCII.GetString(device));

    /// <summary>Answered by <see cref="DeviceSession.OnCredential"/>.</summary>
    void LookUpCredential(DeviceKey device);

    /// <summary>
    /// The proof does not fit: ask for the key where it is kept. True: answered by <see cref="DeviceSession.OnCredentialAgain"/>. False: there is nobody to ask,
    /// what <see cref="LookUpCredential"/> brought is right.
    /// </summary>
    bool LookUpCredentialAgain(DeviceKey device) => false;

    /// <summary>
    /// Claim the route, join the directory, read the streams. Answered by <see cref="DeviceSession.OnOpened"/>,
    /// <see cref="DeviceSession.OnSuperseded"/> or <see cref="DeviceSession.OnOpenFailed"/>.
    /// </summary>
    void Open(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, LoginOrder order);

    /// <summary>
    /// Read the streams again, telling the store how far the device has acknowledged them. Answered by <see cref="DeviceSession.OnReopened"/>, or not at all:
    /// then the device hears of it at its next login. Asked for by <see cref="DeviceSession.OnStoreLost"/> only, which a host whose store cannot lose
    /// data while it runs never calls.
    /// </summary>
    void Reopen(ReadOnlyMemory<StreamPosition> acknowledged) => throw new NotSupportedException("this host's store cannot lose data");

    /// <summary>Answered by <see cref="DeviceSession.OnPage"/> or <see cref="DeviceSession.OnReadFailed"/>.</summary>
    void ReadPage(uint stream, ulong afterSeq, int messagesMax, int bytesMax);

    /// <summary>The device took everything through <paramref name="seq"/>.</summary>
    void Acknowledge(uint stream, ulong seq);

    /// <summary>The device reported a result.</summary>
    void RecordDone(ulong messageId, DeliveryResult result, string? text);

    /// <summary>The message was sent so often without an acknowledgement.</summary>
    void RecordAttempts(uint stream, ulong seq, int attempts);

    /// <summary>End the message as dead. Answered by <see cref="DeviceSession.OnGivenUp"/> or <see cref="DeviceSession.OnReadFailed"/>.</summary>
    void GiveUp(uint stream, ulong seq);

    /// <summary>Pass a device's event to the backends. Answered by <see cref="DeviceSession.OnEventPublished"/>. The payload is valid during the call.</summary>
    void PublishEvent(ulong eventId, string name, in ReadOnlySequence<byte> payload);

    /// <summary>Flush what was written and close the connection.</summary>
    void Close(CloseReason reason);

    /// <summary>A message left for the device; <paramref name="redelivery"/> when not for the first time. For meters only.</summary>
    void OnPushed(bool redelivery);
}
