using System.Collections;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Pusher.Router.Stores;
using Pusher.Transport;

namespace Pusher.Server.Hosting;

/// <summary>The process: reads options, runs a node until it is told to stop, turns failures into one line and an exit code.</summary>
public static class ServerProgram
{
    private const int ExitOk = 0;
    private const int ExitDefect = 1;
    private const int ExitUsage = 2;
    private const int ExitCannotStart = 3;

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments.Contains("--help") || arguments.Contains("-h"))
        {
            Console.Out.Write(HelpText.Build());
            return ExitOk;
        }

        if (arguments.Contains("--version"))
        {
            Console.Out.WriteLine(typeof(ServerProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
            return ExitOk;
        }

        try
        {
            return await RunNodeAsync(OptionsReader.Read(arguments, Environment())).ConfigureAwait(false);
        }
        catch (OptionsException e)
        {
            return Fail(e.Message, ExitUsage);
        }
        catch (TypeInitializationException e) when (e.InnerException is FormatException malformed)
        {
            return Fail(malformed.Message, ExitUsage); // a switch for tests that would switch nothing
        }
        catch (Exception e) when (e is StartException or TransportBindException or StoreUnavailableException)
        {
            return Fail(e.Message, ExitCannotStart);
        }
    }

    private static async Task<int> RunNodeAsync(ServerOptions options)
    {
        using var logs = LoggerFactory.Create(builder => builder
            .SetMinimumLevel(options.LogLevel)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None) // what it has to say at a failed start is said once, in our words
            .AddFilter("NATS", LogLevel.Error)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                console.UseUtcTimestamp = true;
            }));
        var stop = new TaskCompletionSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }

        var node = await Node.StartAsync(options, logs).ConfigureAwait(false);
        await using (node.ConfigureAwait(false))
        {
            Console.Out.WriteLine($"ready listen={node.DeviceEndPoint} http={node.HttpEndPoint} node={options.Node}");
            Console.Out.Flush();
            var first = await Task.WhenAny(stop.Task, node.DrainAsked, node.Completion).ConfigureAwait(false);
            if (first == node.Completion)
            {
                var cause = node.Completion.Exception?.GetBaseException();
                return Fail($"a loop of the node died, the process ends with it: {cause}", ExitDefect);
            }

            await node.DrainAsync().ConfigureAwait(false);
        }

        return ExitOk;
    }

    private static Dictionary<string, string> Environment()
        => System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? string.Empty);

    private static int Fail(string message, int code)
    {
        Console.Error.WriteLine($"pusher-server: {message}");
        return code;
    }
}
