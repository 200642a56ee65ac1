using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Pusher.Tests.Support;

/// <summary>Keeps every log line, exceptions included, for tests that assert on them.</summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class CollectingLogger<T> : ILogger<T>, ILoggerFactory, ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        => _lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}".TrimEnd());

    public int Count(string part) => _lines.Count(l => l.Contains(part, StringComparison.OrdinalIgnoreCase));

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("One collector, no providers.");

    public void Dispose()
    {
    }
}
