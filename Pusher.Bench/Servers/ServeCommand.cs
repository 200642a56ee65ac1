using System.Runtime.InteropServices;
using Pusher.Bench.Servers.Floor;
using Pusher.Bench.Servers.Kestrel;
using Pusher.Bench.Servers.Nodes;
using Pusher.Bench.Servers.Transport;

namespace Pusher.Bench.Servers;

/// <summary><c>serve</c>: one server in a process of its own, so that its processor time and memory can be told from the load's.</summary>
internal static class ServeCommand
{
    private const int ExitFailed = 1;
    private const int ExitUsage = 2;
    private const int ExitCannotStart = 3;

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is ["--help"] or ["-h"])
        {
            Console.WriteLine(ServeOptions.Help);
            return 0;
        }

        try
        {
            return await RunAsync(ServeOptions.Parse(arguments)).ConfigureAwait(false);
        }
        catch (FormatException e)
        {
            return Fail($"{e.Message}; see serve --help", ExitUsage);
        }
    }

    /// <summary>Starts a server. Failures: <see cref="IOException"/> and what the node throws.</summary>
    internal static Task<IBenchServer> StartAsync(ServeOptions options) => options.Kind switch
    {
        ServerKind.Floor => Task.FromResult<IBenchServer>(new FloorServer(options.Listen, options.Loops)),
        ServerKind.Kestrel => KestrelServer.StartAsync(options),
        ServerKind.Node => NodeServer.StartAsync(options),
        _ => Task.FromResult<IBenchServer>(new TransportServer(options)),
    };

    private static async Task<int> RunAsync(ServeOptions options)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }

        IBenchServer server;
        try
        {
            server = await StartAsync(options).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever kept it from starting is told in one line.
        catch (Exception e) when (e is not FormatException)
#pragma warning restore CA1031
        {
            return Fail(e.Message, ExitCannotStart);
        }

        await using (server.ConfigureAwait(false))
        {
            Console.Out.WriteLine($"ready listen={server.Listen} raw={server.Raw} pid={Environment.ProcessId}");
            var control = new ServeControl(server, options.IsUntilEof, stop);
            control.Start();
            if (await Task.WhenAny(stop.Task, server.Completion).ConfigureAwait(false) == server.Completion)
            {
                return Fail($"the server failed: {server.Completion.Exception?.GetBaseException()}", ExitFailed);
            }
        }

        return 0;
    }

    private static int Fail(string message, int code)
    {
        Console.Error.WriteLine($"serve: {message}");
        return code;
    }
}
