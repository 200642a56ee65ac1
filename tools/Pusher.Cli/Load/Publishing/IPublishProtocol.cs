using System.Buffers;

namespace Pusher.Cli.Load.Publishing;

/// <summary>What a publisher says to a server, and how it reads the answers. One instance per connection.</summary>
/// <remarks>Threading: on the reactor's thread only.</remarks>
internal interface IPublishProtocol
{
    /// <summary>True when the server answers each publish; else a message counts as accepted when it is written.</summary>
    bool HasAnswers { get; }

    /// <summary>How many publishes can wait for their answer on one connection.</summary>
    int OutstandingMax { get; }

    /// <summary>The connection is open: writes what a publisher says first. True when it may publish at once.</summary>
    bool Greet(IBufferWriter<byte> output);

    /// <summary>
    /// Reads what is whole and tells <paramref name="events"/>; <paramref name="bytes"/> is left at what is not whole yet. Returns null, or what is wrong
    /// with the bytes: then the connection is closed.
    /// </summary>
    string? Read(ref ReadOnlySequence<byte> bytes, IBufferWriter<byte> output, IPublishEvents events);

    /// <summary>Writes one message.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="device">The number of the device; -1 = all.</param>
    /// <param name="counter">The number of the message on this connection, for the answer.</param>
    /// <param name="payload">The message.</param>
    void Publish(IBufferWriter<byte> output, int device, long counter, ReadOnlySpan<byte> payload);

    /// <summary>Messages that go out together when so many are due; those of a turn that are fewer go out at its end, by <see cref="Flush"/>.</summary>
    int BatchSize => 1;

    /// <summary>Messages that are gathered and not written.</summary>
    int Gathered => 0;

    /// <summary>Writes what was gathered and is less than a batch.</summary>
    void Flush(IBufferWriter<byte> output)
    {
    }
}
