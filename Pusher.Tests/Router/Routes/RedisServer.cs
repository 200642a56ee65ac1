using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Routes;

/// <summary>One redis-server for the tests of a class.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private RedisServerProcess? _process;

    public RedisServerProcess Process => _process!;

    public async ValueTask InitializeAsync() => _process = await RedisServerProcess.StartNewAsync();

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
