using System.Buffers;
using Pusher.Core.Protocol;
using Pusher.Transport;

namespace Pusher.Tests.Server.Sessions;

/// <summary>A reactor whose connections are arrays of bytes. The test is its loop.</summary>
/// <remarks>Threading: the test's thread, but for <see cref="Wake"/>.</remarks>
internal sealed class ConnectionsReactor : IReactor
{
    private readonly List<ArrayBufferWriter<byte>> _outputs = [];
    private readonly HashSet<ConnectionId> _closing = [];

    public int Index { get; init; }

    public int ConnectionCount => _outputs.Count;

    /// <summary>Calls of <see cref="TrySend"/>.</summary>
    public long FramesSent { get; private set; }

    /// <summary>Bytes that were given to <see cref="TrySend"/> are kept; off for tests that count allocations.</summary>
    public bool KeepsFrames { get; set; } = true;

    /// <summary>What <see cref="TrySend"/> answers.</summary>
    public SendOutcome Outcome { get; set; }

    public long NowMs => Environment.TickCount64;

    public ConnectionId Open()
    {
        _outputs.Add(new ArrayBufferWriter<byte>(1024));
        return new ConnectionId(_outputs.Count - 1, 1);
    }

    /// <summary>What was written to a connection since the last call.</summary>
    public byte[] Take(ConnectionId connection)
    {
        var bytes = _outputs[connection.Slot].WrittenSpan.ToArray();
        _outputs[connection.Slot].ResetWrittenCount();
        return bytes;
    }

    /// <summary>The kernel takes all that waits.</summary>
    public void Flush()
    {
        foreach (var output in _outputs)
        {
            output.ResetWrittenCount();
        }
    }

    public IBufferWriter<byte> Output(ConnectionId connection) => _outputs[connection.Slot];

    public SendOutcome TrySend(ConnectionId connection, ReadOnlySpan<byte> frame, long backlogBytesMax)
    {
        if (_closing.Contains(connection))
        {
            return SendOutcome.Gone; // as the transports: FrameContractTests
        }

        if (Outcome == SendOutcome.Taken)
        {
            FramesSent++;
            if (KeepsFrames)
            {
                _outputs[connection.Slot].Write(frame);
            }
        }

        return Outcome;
    }

    public long OutputBacklogBytes(ConnectionId connection) => _outputs[connection.Slot].WrittenCount;

    /// <summary>From now on it takes nothing; the test says when it is gone.</summary>
    public void Close(ConnectionId connection, CloseReason reason) => _closing.Add(connection);

    public void Wake()
    {
        // The test takes its turns anyway.
    }
}
