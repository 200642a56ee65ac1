using Pusher.Bench.Servers;

namespace Pusher.Bench.Runs;

/// <summary>One of our own servers, by <c>serve</c>.</summary>
internal sealed class ServeSubject(string name, ServerKind kind, IReadOnlyList<Part> parts) : Subject(name, parts)
{
    /// <summary>Further arguments of <c>serve</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    public override async Task<RunningServer> StartAsync(string directory, string credentials, CancellationToken cancel)
    {
        var arguments = new List<string> { typeof(ServeSubject).Assembly.Location, "serve", "--kind", $"{kind}", "--until-eof" };
        arguments.AddRange(Arguments);
        if (kind == ServerKind.Node)
        {
            arguments.AddRange(["--data", Path.Combine(directory, "data"), "--credentials", credentials]);
        }

        var child = Child.Start(Name, "dotnet", arguments).EndsWithItsInput();
        try
        {
            var ready = ReadyLine.Parse(await child.ReadLineAsync("ready ", StartTime, cancel).ConfigureAwait(false));
            return new RunningServer(child) { HasStats = true, LoadArguments = ["--server", ready["listen"], "--publish", $"raw:{ready["raw"]}"] };
        }
        catch
        {
            await child.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
