namespace Pusher.Server.Hosting;

/// <summary>The configuration cannot be used. The message names the key, where it came from, and the remedy.</summary>
public sealed class OptionsException : Exception
{
    public OptionsException()
    {
    }

    public OptionsException(string message)
        : base(message)
    {
    }

    public OptionsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
