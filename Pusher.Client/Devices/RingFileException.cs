namespace Pusher.Client.Devices;

/// <summary>A ring file cannot be used: it is something else, another device's, damaged at its head, or in use. The message names the file and the remedy.</summary>
public sealed class RingFileException : IOException
{
    public RingFileException(string message)
        : base(message)
    {
    }

    public RingFileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public RingFileException()
    {
    }
}
