using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Core.Sessions;

/// <summary>Sends a page of a stream: PUSH for its messages, SKIPPED for its gaps.</summary>
/// <param name="flags">Of the connection's frames.</param>
/// <param name="windowMessages">The most that may be on the way.</param>
/// <param name="time">Now.</param>
/// <param name="options">The bounds.</param>
/// <param name="actions">The host.</param>
internal readonly ref struct PageSender(FrameFlags flags, int windowMessages, SessionTime time, SessionOptions options, ISessionActions actions)
{
    /// <summary>Messages and gaps, merged in order of seq, until the window is full.</summary>
    public void Send(ref DeliveryWindow window, MessagePage page)
    {
        var gap = 0;
        foreach (var message in page.Messages)
        {
            Skip(ref window, message.Seq - 1, page, ref gap);
            if (!window.HasRoom(windowMessages, options))
            {
                return;
            }

            Push(ref window, message);
        }

        Skip(ref window, page.ThroughSeq, page, ref gap);
    }

    private void Skip(ref DeliveryWindow window, ulong throughSeq, MessagePage page, ref int gap)
    {
        while (window.Sent < throughSeq)
        {
            while (gap < page.Gaps.Count && page.Gaps[gap].LastSeq <= window.Sent)
            {
                gap++;
            }

            var last = throughSeq;
            var reason = SkipReason.Unspecified;
            if (gap < page.Gaps.Count && page.Gaps[gap].FirstSeq <= window.Sent + 1)
            {
                last = Math.Min(last, page.Gaps[gap].LastSeq);
                reason = page.Gaps[gap].Reason;
            }
            else if (gap < page.Gaps.Count)
            {
                last = Math.Min(last, page.Gaps[gap].FirstSeq - 1);
            }

            FrameWriter.WriteSkipped(actions.Output, flags, window.Stream, window.Sent + 1, last, reason);
            window.Advance(last, time, options);
        }
    }

    private void Push(ref DeliveryWindow window, StoredMessage message)
    {
        var redelivery = message.Seq <= window.MaxSent || message.Attempts > 0;
        var head = new PushHead
        {
            MessageId = message.MessageId,
            Stream = window.Stream,
            Seq = message.Seq,
            Flags = redelivery ? PushFlags.Redelivery : PushFlags.None,
            Priority = message.Priority,
            ExpiresAtUnixMs = message.ExpiresAtUnixMs,
        };
        FrameWriter.WritePush(actions.Output, flags, in head, message.Payload.Span);
        window.BytesInFlight += message.Payload.Length;
        window.Advance(message.Seq, time, options);
        actions.OnPushed(redelivery);
    }
}
