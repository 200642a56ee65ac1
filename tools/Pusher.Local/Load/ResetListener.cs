using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;
using Pusher.Local.Checking;

namespace Pusher.Local.Load;

/// <summary>Writes into the device log that a device was told of a new stream: the client library says so in its own log.</summary>
internal sealed class ResetListener(DeviceKey device, DeliveryChecker checker) : ILogger
{
    private const string ResetEvent = "StreamReset";

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name == ResetEvent)
        {
            checker.Reset(device, Environment.TickCount64);
        }
    }
}
