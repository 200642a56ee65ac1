using System.Net;
using System.Text;
using System.Text.Json;
using Pusher.Local;
using Xunit;

namespace Pusher.Tests.Support;

/// <summary>
/// A node as an operator has it: a directory with data and credentials, options, and the server program, which a test starts, kills and
/// starts again. Everything is temporary.
/// </summary>
public sealed class TestNode : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-node-").FullName;
    private readonly List<string> _logs = [];
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private string _listen = "127.0.0.1:0";
    private string _httpListen = "127.0.0.1:0";
    private ServerProcess? _process;

    public TestNode()
    {
        DataDirectory = Path.Combine(_directory, "data");
        Credentials = new TestCredentials(Path.Combine(_directory, "credentials.txt"));
    }

    public string DataDirectory { get; set; }

    public TestCredentials Credentials { get; }

    /// <summary>Null = the in-process bus.</summary>
    public string? NatsUrl { get; init; }

    /// <summary>Further options, name and value in turn.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Variables of every start.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentVariables { get; init; } = new Dictionary<string, string>();

    /// <summary>The running program.</summary>
    public ServerProcess Process => _process ?? throw new InvalidOperationException("the node is not started");

    public IPEndPoint Listen => _listen.EndsWith(":0", StringComparison.Ordinal) ? Process.Listen : IPEndPoint.Parse(_listen);

    public Uri Http => new($"http://{Process.Http}/");

    public HttpClient Client => _http;

    /// <summary>Everything that all runs of the node have printed.</summary>
    public string Logs => string.Concat([.. _logs, _process is { } p ? p.Output + p.Errors : ""]);

    /// <summary>All options that a start gets.</summary>
    public IEnumerable<string> Arguments =>
    [
        "--listen", _listen, "--http", _httpListen, "--data", DataDirectory, "--credentials", Credentials.Path,
        .. NatsUrl is null ? Array.Empty<string>() : ["--nats", NatsUrl],
        .. Options,
    ];

    /// <summary>Takes ports that stay the same over restarts.</summary>
    public TestNode OnFixedPorts()
    {
        _listen = $"127.0.0.1:{LocalPorts.Next()}";
        _httpListen = $"127.0.0.1:{LocalPorts.Next()}";
        return this;
    }

    /// <summary>Writes the credentials and starts.</summary>
    public async Task StartAsync(params (string Name, string Value)[] environment)
    {
        Credentials.Save();
        await StartAgainAsync(environment);
    }

    /// <summary>Writes the credentials and starts a program that is going to die, perhaps before it is ready.</summary>
    public async Task StartToDieAsync(params (string Name, string Value)[] environment)
    {
        Credentials.Save();
        await EndAsync();
        _process = ServerProcess.Launch(Arguments, Variables(environment));
    }

    /// <summary>Starts on the same directory.</summary>
    public async Task StartAgainAsync(params (string Name, string Value)[] environment)
    {
        await EndAsync();
        _process = await ServerProcess.StartAsync(Arguments, Variables(environment));
    }
    public Task KillAsync() => Process.KillAsync();

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        await Process.SignalAsync("TERM");
        return await Process.WaitForExitAsync();
    }

    /// <summary>Publishes over HTTP.</summary>
    public async Task<(HttpStatusCode Code, JsonElement Reply)> PublishAsync(TestDevice device, string payload, params (string Name, string Value)[] headers)
        => await PublishAsync(device.Identity.Tenant, device.Identity.Device, Encoding.UTF8.GetBytes(payload), headers);

    /// <summary>Publishes over HTTP.</summary>
    public async Task<(HttpStatusCode Code, JsonElement Reply)> PublishAsync(string tenant, string device, byte[] payload, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Http, $"v1/tenants/{tenant}/devices/{device}/messages"));
        request.Content = new ByteArrayContent(payload);
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return await SendAsync(request);
    }

    /// <summary>The state of a message by the server's id; null when it is not known.</summary>
    public async Task<JsonElement?> FindAsync(string tenant, string messageId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Http, $"v1/tenants/{tenant}/messages/{messageId}"));
        var (code, reply) = await SendAsync(request);
        return code == HttpStatusCode.OK ? reply : null;
    }

    /// <summary>Waits until the message has that state, and returns all that is known of it.</summary>
    public async Task<JsonElement> WaitForStateAsync(string tenant, string messageId, string state)
    {
        var last = default(JsonElement?);
        await Eventually.TrueAsync(
            async () =>
            {
                last = await FindAsync(tenant, messageId);
                return last?.GetProperty("state").GetString() == state;
            },
            $"message {messageId} is {state}");
        return last!.Value;
    }

    public async Task<(HttpStatusCode Code, string Body)> GetAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(Http, path), TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async Task<(HttpStatusCode Code, JsonElement Reply)> SendAsync(HttpRequestMessage request)
    {
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        try
        {
            return (response.StatusCode, JsonDocument.Parse(body).RootElement);
        }
        catch (JsonException)
        {
            throw new InvalidOperationException($"{request.RequestUri} answered {(int)response.StatusCode} with what is no JSON: '{body}'{Process.Describe()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _http.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private Dictionary<string, string> Variables((string Name, string Value)[] environment)
    {
        var variables = new Dictionary<string, string>(EnvironmentVariables);
        foreach (var (name, value) in environment)
        {
            variables[name] = value;
        }

        return variables;
    }

    private async Task EndAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.DisposeAsync();
            _logs.Add(process.Output + process.Errors);
        }
    }
}
