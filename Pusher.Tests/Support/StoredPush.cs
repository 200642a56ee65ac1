using Pusher.Core.Buffers;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Router.Dispatch;

namespace Pusher.Tests.Support;

/// <summary>Tells a session of a stored message as a node does: as a leased frame.</summary>
internal static class StoredPush
{
    private static readonly SharedFramePool Frames = new();

    public static FrameLease Rent(StoredMessage message)
    {
        var head = new PushHead
        {
            MessageId = message.MessageId,
            Stream = message.Stream,
            Seq = message.Seq,
            Priority = message.Priority,
            ExpiresAtUnixMs = message.ExpiresAtUnixMs,
        };
        return PushFrame.Rent(Frames, in head, message.Payload.Span);
    }

    public static void OnStored(this DeviceSession session, StoredMessage message, SessionTime time, ISessionActions actions)
    {
        var push = Rent(message);
        session.OnStored(in push, time, actions);
        push.Release();
    }
}
