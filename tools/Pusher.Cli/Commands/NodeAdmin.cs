using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Pusher.Cli.Commands;

/// <summary>The administrator's questions to a node's HTTP interface.</summary>
internal sealed class NodeAdmin : IDisposable
{
    private readonly HttpClient _http;

    public NodeAdmin(Uri address, string? token)
    {
        _http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(10) };
        if (token is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>The live nodes, an object for each.</summary>
    public async Task<List<JsonElement>> ListAsync(CancellationToken cancel)
        => [.. (await SendAsync(HttpMethod.Get, "v1/nodes", cancel).ConfigureAwait(false)).GetProperty("nodes").EnumerateArray()];

    /// <summary>Returns when the node will hear of it.</summary>
    public Task DrainAsync(string node, CancellationToken cancel) => SendAsync(HttpMethod.Post, $"v1/nodes/{Uri.EscapeDataString(node)}/drain", cancel);

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path);
        using var response = await _http.SendAsync(request, cancel).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancel).ConfigureAwait(false);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Accepted))
        {
            throw new CliException(ExitCode.Failed, $"{_http.BaseAddress} answers {(int)response.StatusCode}: {Reason(text)}");
        }

        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static string Reason(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.GetProperty("error").GetString() ?? text;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return text; // no node: whatever answers there
        }
    }
}
