using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Tests.Support;

/// <summary>
/// A backend under load over NATS: publishes values to devices in turn, writes every answer into the checker's publisher log, and settles
/// what stayed unknown or was refused by publishing it again under the same id.
/// </summary>
/// <remarks>Threading: its workers share one connection, which is replaced when it is lost.</remarks>
public sealed class LoadPublisher : IAsyncDisposable
{
    private readonly string _name;
    private readonly int _natsPort;
    private readonly IReadOnlyList<DeviceKey> _devices;
    private readonly DeliveryChecker _checker;
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private readonly CancellationTokenSource _giveUp = new();
    private readonly List<Task> _workers = [];
    private RawNatsClient? _client;
    private volatile bool _stopping;
    private int _next;
    private int _refused;
    private int _unknown;
    private int _settled;

    /// <param name="name">Unique in the run; values begin with it.</param>
    /// <param name="natsPort">Of the nats-server.</param>
    /// <param name="devices">To whom, in turn.</param>
    /// <param name="checker">Gets the log.</param>
    public LoadPublisher(string name, int natsPort, IEnumerable<DeviceKey> devices, DeliveryChecker checker)
    {
        _name = name;
        _natsPort = natsPort;
        _devices = [.. devices];
        _checker = checker;
    }

    /// <summary>How long it waits for an answer before it calls it unknown and asks again, milliseconds.</summary>
    public int AnswerTimeoutMs { get; init; } = 1_000;

    /// <summary>Messages at most; then it stops by itself.</summary>
    public int MessagesMax { get; init; } = int.MaxValue;

    /// <summary>Bytes behind the value.</summary>
    public int PaddingBytes { get; init; }

    /// <summary>Messages that were accepted so far.</summary>
    public int Settled => Volatile.Read(ref _settled);

    /// <summary>Answers that refused so far.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Answers that did not come, or that said unknown, so far.</summary>
    public int Unknown => Volatile.Read(ref _unknown);

    /// <summary>Starts that many workers, each with one message outstanding.</summary>
    public LoadPublisher Start(int outstanding)
    {
        for (var i = 0; i < outstanding; i++)
        {
            _workers.Add(Task.Run(WorkAsync));
        }

        return this;
    }

    /// <summary>Begins nothing new and returns when everything begun is settled.</summary>
    public async Task FinishAsync(TimeSpan? deadline = null)
    {
        _stopping = true;
        await Task.WhenAll(_workers).WaitAsync(deadline ?? TimeSpan.FromSeconds(60));
    }

    /// <summary>Returns when <see cref="MessagesMax"/> are settled.</summary>
    public Task AllSettledAsync() => Task.WhenAll(_workers).WaitAsync(TimeSpan.FromSeconds(90));

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        await _giveUp.CancelAsync();
        await Task.WhenAll(_workers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_client is { } client)
        {
            await client.DisposeAsync();
        }

        _connecting.Dispose();
        _giveUp.Dispose();
    }

    private async Task WorkAsync()
    {
        while (!_stopping)
        {
            var number = Interlocked.Increment(ref _next);
            if (number > MessagesMax)
            {
                return;
            }

            var device = _devices[number % _devices.Count];
            var value = $"{_name}-{number}";
            _checker.Attempted(device, value);
            await PublishUntilSettledAsync(device, value);
        }
    }

    private async Task PublishUntilSettledAsync(DeviceKey device, string value)
    {
        var payload = Encoding.ASCII.GetBytes(value + ' ' + new string('x', PaddingBytes));
        while (!_giveUp.IsCancellationRequested)
        {
            var client = await ConnectedAsync();
            var answer = client is null
                ? null
                : await client.RequestAsync($"pusher.pub.{device.Tenant}.device.{device.Device}", payload, AnswerTimeoutMs, ("Pusher-Id", value));
            if (answer is null)
            {
                Interlocked.Increment(ref _unknown);
                _checker.Unknown(device, value);
            }
            else if (Log(device, value, answer.Json))
            {
                return;
            }

            // A pause between two tries, as any publisher would make; nothing waits for it.
            await Task.Delay(20, _giveUp.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // True when the message needs no further try.
    private bool Log(DeviceKey device, string value, JsonElement reply)
    {
        switch (reply.GetProperty("status").GetString())
        {
            case "ok" or "duplicate":
                var place = new StreamPosition(reply.GetProperty("stream").GetUInt32(), reply.GetProperty("seq").GetUInt64());
                _checker.Accepted(device, value, place, Environment.TickCount64);
                Interlocked.Increment(ref _settled);
                return true;
            case "unknown":
                Interlocked.Increment(ref _unknown);
                _checker.Unknown(device, value);
                return false;
            case "queue_full" or "store_unavailable":
                Interlocked.Increment(ref _refused);
                _checker.Refused(device, value);
                return false;
            default:
                throw new InvalidOperationException($"a good publish was answered {reply}");
        }
    }

    private async Task<RawNatsClient?> ConnectedAsync()
    {
        await _connecting.WaitAsync();
        try
        {
            if (_client is { IsConnected: true } client)
            {
                return client;
            }

            if (_client is { } lost)
            {
                _client = null;
                await lost.DisposeAsync();
            }

            return _client = await RawNatsClient.ConnectAsync(_natsPort);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return null; // NATS is down; the caller logs it as unknown and comes again
        }
        finally
        {
            _connecting.Release();
        }
    }
}
