namespace Pusher.Router.Bus;

/// <summary>The bus cannot work as it is configured. The message names the option and the remedy.</summary>
public sealed class BusConfigurationException : Exception
{
    public BusConfigurationException()
    {
    }

    public BusConfigurationException(string message)
        : base(message)
    {
    }

    public BusConfigurationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
