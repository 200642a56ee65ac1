using System.Text.Json;

namespace Pusher.Bench.Servers;

/// <summary>The lines that a running server takes on standard input: <c>stats</c> and <c>stop</c>.</summary>
/// <remarks>Threading: a thread of its own, which sleeps in a read.</remarks>
internal sealed class ServeControl(IBenchServer server, bool isUntilEof, TaskCompletionSource stop)
{
    public void Start() => new Thread(Run) { IsBackground = true, Name = "control" }.Start();

    private void Run()
    {
        string? line;
        while ((line = Console.In.ReadLine()) is not null)
        {
            switch (line)
            {
                case "stats":
                    Console.Out.WriteLine(JsonSerializer.Serialize(ServerStats.Read(server.Counts)));
                    break;
                case "stop":
                    stop.TrySetResult();
                    break;
                default:
                    Console.Error.WriteLine($"serve: unknown line '{line}'");
                    break;
            }
        }

        if (isUntilEof)
        {
            stop.TrySetResult();
        }
    }
}
