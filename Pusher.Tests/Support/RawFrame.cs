using System.Buffers;
using System.Text;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Support;

/// <summary>One frame as a <see cref="RawDevice"/> received it.</summary>
public sealed record RawFrame(FrameType Type, FrameFlags Flags, byte[] Payload)
{
    public PushHead Push
    {
        get
        {
            Assert.Equal(FrameType.Push, Type);
            Assert.True(PushHead.TryRead(new ReadOnlySequence<byte>(Payload), out var head, out _));
            return head;
        }
    }

    /// <summary>The body of a PUSH.</summary>
    public byte[] Body
    {
        get
        {
            Assert.Equal(FrameType.Push, Type);
            return Payload[PushHead.Size..];
        }
    }

    public string BodyText => Encoding.UTF8.GetString(Body);

    public StreamPosition Place => new(Push.Stream, Push.Seq);

    /// <summary>Reason and retry hint of a REFUSED or GOAWAY.</summary>
    public (CloseReason Reason, uint RetryAfterMs, string Text) Farewell
    {
        get
        {
            Assert.True(Type is FrameType.Refused or FrameType.GoAway, $"{Type} is no farewell");
            Assert.True(FarewellFrame.TryRead(Payload, out var frame));
            return (frame.Reason, frame.RetryAfterMs, Encoding.UTF8.GetString(frame.Text));
        }
    }

    /// <summary>Of a farewell: where to go instead.</summary>
    public string[] Elsewhere
    {
        get
        {
            Assert.True(FarewellFrame.TryRead(Payload, out var frame));
            var addresses = new string[frame.ElsewhereCount];
            for (var i = 0; i < addresses.Length; i++)
            {
                addresses[i] = Encoding.ASCII.GetString(frame.GetElsewhere(i));
            }

            return addresses;
        }
    }

    public (uint Stream, ulong First, ulong Last, SkipReason Reason) Skipped
    {
        get
        {
            Assert.Equal(FrameType.Skipped, Type);
            Assert.True(SkippedFrame.TryRead(Payload, out var frame));
            return (frame.Stream, frame.FirstSeq, frame.LastSeq, frame.Reason);
        }
    }

    public (uint Old, uint New, uint Lost) Reset
    {
        get
        {
            Assert.Equal(FrameType.Reset, Type);
            Assert.True(ResetFrame.TryRead(Payload, out var frame));
            return (frame.OldStream, frame.NewStream, frame.Lost);
        }
    }

    public (ulong EventId, EventStatus Status) EventAnswer
    {
        get
        {
            Assert.Equal(FrameType.EventAck, Type);
            Assert.True(EventAckFrame.TryRead(Payload, out var frame));
            return (frame.EventId, frame.Status);
        }
    }

    public RawWelcome Welcome
    {
        get
        {
            Assert.True(Type == FrameType.Welcome, Type == FrameType.Refused ? $"refused: {Farewell}" : $"{Type} instead of WELCOME");
            Assert.True(WelcomeFrame.TryRead(Payload, out var frame));
            var streams = new StreamPosition[frame.StreamCount];
            for (var i = 0; i < streams.Length; i++)
            {
                streams[i] = frame.GetStream(i);
            }

            return new RawWelcome(frame.Values, Encoding.ASCII.GetString(frame.Node), streams);
        }
    }
}
