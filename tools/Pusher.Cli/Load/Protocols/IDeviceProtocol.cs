using System.Buffers;
using Pusher.Cli.Load.Engine;

namespace Pusher.Cli.Load.Protocols;

/// <summary>What the device side says to a server, and how it reads the answers. One instance per engine.</summary>
/// <remarks>Threading: on the engine's thread only.</remarks>
internal interface IDeviceProtocol
{
    /// <summary>The connection is open: writes what a device says first, if it speaks first.</summary>
    void Greet(int index, ref LoadDevice device, IBufferWriter<byte> output);

    /// <summary>
    /// Reads what is whole, tells <see cref="IDeviceEvents"/>, writes answers and acknowledgements; <paramref name="bytes"/> is left at what is not whole yet.
    /// Returns null, or what is wrong with the bytes: then the connection is closed.
    /// </summary>
    string? Read(int index, ref LoadDevice device, ref ReadOnlySequence<byte> bytes, IBufferWriter<byte> output);

    /// <summary>Writes the sign of life that is due.</summary>
    void Beat(IBufferWriter<byte> output);
}
