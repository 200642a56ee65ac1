namespace Pusher.Transport;

/// <summary>The listening address cannot be bound. The message names the address, the cause and the remedy.</summary>
public sealed class TransportBindException : Exception
{
    public TransportBindException()
    {
    }

    public TransportBindException(string message)
        : base(message)
    {
    }

    public TransportBindException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
