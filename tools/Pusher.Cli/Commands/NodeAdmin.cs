using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Pusher.Core.Identity;

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

    /// <summary>Writes devices of a cluster, at most 1,000; <paramref name="document"/> in the format of the credentials file.</summary>
    public Task<JsonElement> WriteKeysAsync(string document, bool replace, CancellationToken cancel)
        => SendAsync(HttpMethod.Post, replace ? "v1/credentials?replace=true" : "v1/credentials", cancel, document);

    /// <summary>Takes a device out of a cluster.</summary>
    public Task<JsonElement> RemoveKeyAsync(DeviceKey device, CancellationToken cancel)
        => SendAsync(HttpMethod.Delete, $"v1/credentials/{device}", cancel);

    /// <summary>The devices of a cluster, each with its store behind a space.</summary>
    public async IAsyncEnumerable<string> ListKeysAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        using var response = await _http.GetAsync(new Uri("v1/credentials", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw Failure(response.StatusCode, await response.Content.ReadAsStringAsync(cancel).ConfigureAwait(false));
        }

        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false));
        while (await reader.ReadLineAsync(cancel).ConfigureAwait(false) is { } line)
        {
            yield return line;
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, CancellationToken cancel, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body) };
        using var response = await _http.SendAsync(request, cancel).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancel).ConfigureAwait(false);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Accepted))
        {
            throw Failure(response.StatusCode, text);
        }

        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private CliException Failure(HttpStatusCode code, string text) => new(ExitCode.Failed, $"{_http.BaseAddress} answers {(int)code}: {Reason(text)}");

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
