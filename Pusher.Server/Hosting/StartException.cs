namespace Pusher.Server.Hosting;

/// <summary>The node cannot start. The message names the thing and the remedy; it is printed alone, without a stack trace.</summary>
public sealed class StartException : Exception
{
    public StartException()
    {
    }

    public StartException(string message)
        : base(message)
    {
    }

    public StartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
