namespace Pusher.Core.Credentials;

/// <summary>A credentials file that cannot be read. The message names the line and what to do; never what the line holds.</summary>
public sealed class CredentialsFormatException : Exception
{
    public CredentialsFormatException()
    {
    }

    public CredentialsFormatException(string message)
        : base(message)
    {
    }

    public CredentialsFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public CredentialsFormatException(int line, string problem)
        : base($"line {line}: {problem}") => Line = line;

    /// <summary>Counted from 1; 0 when it is about the file as a whole.</summary>
    public int Line { get; }
}
