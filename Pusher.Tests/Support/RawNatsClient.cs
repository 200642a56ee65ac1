using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Pusher.Tests.Support;

/// <summary>
/// The NATS protocol on a bare socket, as the client of any language would speak it: nothing of ours and nothing of NATS.Net is in between.
/// <code>
/// S: INFO {…}            C: CONNECT {…} / PING            S: PONG
/// C: SUB subject sid     C: HPUB subject [reply] headerBytes totalBytes CRLF NATS/1.0 … CRLF payload CRLF
/// S: MSG subject sid [reply] bytes CRLF payload CRLF      S: HMSG subject sid [reply] headerBytes totalBytes CRLF … CRLF
/// </code>
/// </summary>
/// <remarks>Threading: any thread may publish; one loop reads. Once the connection is lost the client is of no more use.</remarks>
public sealed class RawNatsClient : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly string _inbox = "_INBOX." + Guid.NewGuid().ToString("N");
    private readonly ConcurrentDictionary<int, Channel<RawNatsMessage>> _subscriptions = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<RawNatsMessage>> _requests = new();
    private readonly Task _loop;
    private TaskCompletionSource _pong = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _lastId;

    private RawNatsClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _loop = Task.Run(ReadLoopAsync);
    }

    /// <summary>True until the connection is lost.</summary>
    public bool IsConnected => !_loop.IsCompleted;

    /// <summary>What the server complained of (<c>-ERR</c>), newest last.</summary>
    public ConcurrentQueue<string> Errors { get; } = new();

    public static async Task<RawNatsClient> ConnectAsync(int port, string connect = """{"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"lang":"raw","version":"1","protocol":1}""")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var client = new RawNatsClient(socket);
        await client.SendAsync($"CONNECT {connect}\r\nSUB {client._inbox}.* 0\r\n");
        await client.FlushAsync();
        return client;
    }

    /// <summary>Returns when the server has handled everything sent before.</summary>
    public async Task FlushAsync()
    {
        _pong = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync("PING\r\n");
        await Task.WhenAny(_pong.Task, _loop).WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Everything that is published to <paramref name="subject"/> from now on.</summary>
    public async Task<ChannelReader<RawNatsMessage>> SubscribeAsync(string subject)
    {
        var id = Interlocked.Increment(ref _lastId);
        var channel = _subscriptions[id] = Channel.CreateUnbounded<RawNatsMessage>();
        await SendAsync($"SUB {subject} {id}\r\n");
        await FlushAsync();
        return channel.Reader;
    }

    public Task PublishAsync(string subject, ReadOnlyMemory<byte> payload, string? replyTo = null, params (string Name, string Value)[] headers)
    {
        var reply = replyTo is null ? "" : replyTo + " ";
        if (headers.Length == 0)
        {
            return SendAsync($"PUB {subject} {reply}{payload.Length}\r\n", payload);
        }

        var block = "NATS/1.0\r\n" + string.Concat(headers.Select(h => $"{h.Name}: {h.Value}\r\n")) + "\r\n";
        return SendAsync($"HPUB {subject} {reply}{block.Length} {block.Length + payload.Length}\r\n{block}", payload);
    }

    /// <summary>One request; null when no answer came in time, nobody listens (the server says so with an empty message), or the connection was lost.</summary>
    public async Task<RawNatsMessage?> RequestAsync(string subject, ReadOnlyMemory<byte> payload, int timeoutMs = 20_000, params (string Name, string Value)[] headers)
    {
        var replyTo = $"{_inbox}.{Interlocked.Increment(ref _lastId)}";
        var answer = _requests[replyTo] = new TaskCompletionSource<RawNatsMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await PublishAsync(subject, payload, replyTo, headers);
            using var noTimeout = new CancellationTokenSource();
            var first = await Task.WhenAny(answer.Task, _loop, Task.Delay(timeoutMs, noTimeout.Token));
            await noTimeout.CancelAsync();
            var message = first == answer.Task ? await answer.Task : null;
            return message is { Payload.Length: > 0 } ? message : null;
        }
        catch (IOException)
        {
            return null;
        }
        finally
        {
            _requests.TryRemove(replyTo, out _);
        }
    }

    public Task<RawNatsMessage?> RequestAsync(string subject, string payload, params (string Name, string Value)[] headers)
        => RequestAsync(subject, Encoding.UTF8.GetBytes(payload), 20_000, headers);

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _loop;
        await _stream.DisposeAsync();
        _sending.Dispose();
    }

    private async Task SendAsync(string head, ReadOnlyMemory<byte>? payload = null)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write(Encoding.ASCII.GetBytes(head));
        if (payload is { } body)
        {
            bytes.Write(body.Span);
            bytes.Write("\r\n"u8);
        }

        await _sending.WaitAsync();
        try
        {
            await _stream.WriteAsync(bytes.WrittenMemory);
        }
        catch (ObjectDisposedException e)
        {
            throw new IOException("the connection to NATS is closed", e);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReadLoopAsync()
    {
        try
        {
            var reader = new BufferedStream(_stream, 64 * 1024);
            while (await ReadLineAsync(reader) is { } line)
            {
                await OnLineAsync(reader, line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            Errors.Enqueue(e.Message);
        }

        foreach (var channel in _subscriptions.Values)
        {
            channel.Writer.TryComplete();
        }
    }

    private async Task OnLineAsync(Stream reader, string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words[0])
        {
            case "PING":
                await SendAsync("PONG\r\n");
                break;
            case "PONG":
                _pong.TrySetResult();
                break;
            case "-ERR":
                Errors.Enqueue(line);
                break;
            case "MSG":
                OnMessage(words, await ReadBodyAsync(reader, words[^1], "0"));
                break;
            case "HMSG":
                OnMessage(words, await ReadBodyAsync(reader, words[^1], words[^2]));
                break;
        }
    }

    private void OnMessage(string[] words, byte[] payload)
    {
        var message = new RawNatsMessage(words[1], payload);
        var id = int.Parse(words[2], CultureInfo.InvariantCulture);
        if (id == 0)
        {
            _requests.GetValueOrDefault(message.Subject)?.TrySetResult(message);
        }
        else
        {
            _subscriptions[id].Writer.TryWrite(message);
        }
    }

    private static async Task<byte[]> ReadBodyAsync(Stream reader, string total, string head)
    {
        var bytes = new byte[int.Parse(total, CultureInfo.InvariantCulture) + 2];
        await reader.ReadExactlyAsync(bytes);
        return bytes[int.Parse(head, CultureInfo.InvariantCulture)..^2];
    }

    private static async Task<string?> ReadLineAsync(Stream reader)
    {
        var line = new List<byte>(128);
        var one = new byte[1];
        while (await reader.ReadAsync(one) == 1)
        {
            if (one[0] == '\n')
            {
                return Encoding.ASCII.GetString([.. line]).TrimEnd('\r');
            }

            line.Add(one[0]);
        }

        return null;
    }
}
