using System.Text.Json;
using Pusher.Bench.Servers;

namespace Pusher.Bench.Runs;

/// <summary>A server that is up, and how the load generator is told of it.</summary>
internal sealed class RunningServer(Child server, Child? broker = null) : IAsyncDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    /// <summary>The process whose time and memory are the figures.</summary>
    public int Pid => server.Pid;

    /// <summary>The broker in front of it; 0 = none.</summary>
    public int BrokerPid => broker?.Pid ?? 0;

    /// <summary>What every run against it says: where devices and publishers go.</summary>
    public required IReadOnlyList<string> LoadArguments { get; init; }

    /// <summary>Devices log in with keys; those of a broker have names only.</summary>
    public bool HasKeys { get; init; } = true;

    /// <summary>It answers <c>stats</c>.</summary>
    public bool HasStats { get; init; }

    public async Task<ServerStats> StatsAsync(CancellationToken cancel)
    {
        await server.WriteLineAsync("stats").ConfigureAwait(false);
        return JsonSerializer.Deserialize<ServerStats>(await server.ReadLineAsync("{", AnswerTime, cancel).ConfigureAwait(false))!;
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync().ConfigureAwait(false);
        if (broker is not null)
        {
            await broker.DisposeAsync().ConfigureAwait(false);
        }
    }
}
