namespace Pusher.Router.Dispatch;

/// <summary>Bytes on their way to the bus, in a buffer that is used again: <see cref="IDisposable.Dispose"/> gives it back when the bus holds them no more.</summary>
internal interface IBusBuffer : IDisposable
{
    /// <summary>The bytes; valid until it is disposed of.</summary>
    ReadOnlyMemory<byte> Written { get; }
}
