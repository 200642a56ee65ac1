namespace Pusher.Up;

/// <summary>Something could not be started; the message names it and the remedy.</summary>
internal sealed class UpException : Exception
{
    public UpException()
    {
    }

    public UpException(string message)
        : base(message)
    {
    }

    public UpException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
