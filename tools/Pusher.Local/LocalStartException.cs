namespace Pusher.Local;

/// <summary>Something could not be started on this machine; the message names it and the remedy.</summary>
public sealed class LocalStartException : Exception
{
    public LocalStartException()
    {
    }

    public LocalStartException(string message)
        : base(message)
    {
    }

    public LocalStartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
