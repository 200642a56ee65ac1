using System.Diagnostics;
using System.Text;
using Pusher.Client.Publishing;
using Pusher.Core.Identity;

namespace Pusher.Cli.Commands;

/// <summary>Publishes a number of messages, many outstanding at a time, and shows each answer. To all of the tenant when the device's name is empty.</summary>
internal sealed class PublishRun(DeviceKey device, PublishOptions options, int count, double rate, bool json)
{
    private const int OutstandingMax = 2_000;
    private readonly Lock _gate = new();
    private int _accepted;
    private int _exitCode;

    public async Task<int> RunAsync(IPublisher publisher, byte[] payload, string? template, CancellationToken cancel)
    {
        if (count < 1 || rate < 0)
        {
            throw new CliException(ExitCode.Usage, "--count must be 1 or more, and --rate 0 or more.");
        }

        using var slots = new SemaphoreSlim(OutstandingMax);
        var startedAt = Stopwatch.GetTimestamp();
        var outstanding = new List<Task>();
        for (var number = 1; number <= count; number++)
        {
            await PaceAsync(number, startedAt, cancel).ConfigureAwait(false);
            await slots.WaitAsync(cancel).ConfigureAwait(false);
            var body = count > 1 && template is not null ? Encoding.UTF8.GetBytes(template.Replace("{n}", number.ToString(), StringComparison.Ordinal)) : payload;
            outstanding.Add(PublishAsync(publisher, body, number, slots, cancel));
            outstanding.RemoveAll(t => t.IsCompletedSuccessfully);
        }

        await Task.WhenAll(outstanding).ConfigureAwait(false);
        if (count > 1 && !json)
        {
            Console.Error.WriteLine($"{_accepted} of {count} accepted in {Stopwatch.GetElapsedTime(startedAt).TotalSeconds:0.0} s.");
        }

        return _exitCode;
    }

    private async Task PaceAsync(int number, long startedAt, CancellationToken cancel)
    {
        var ahead = rate > 0 ? TimeSpan.FromSeconds((number - 1) / rate) - Stopwatch.GetElapsedTime(startedAt) : TimeSpan.Zero;
        if (ahead > TimeSpan.FromMilliseconds(1))
        {
            await Task.Delay(ahead, cancel).ConfigureAwait(false);
        }
    }

    private async Task PublishAsync(IPublisher publisher, byte[] body, int number, SemaphoreSlim slots, CancellationToken cancel)
    {
        try
        {
            var id = options.PublisherId is null || count == 1 ? options.PublisherId : $"{options.PublisherId}-{number}";
            Show(device.Device.Length == 0
                ? await publisher.PublishToAllAsync(device.Tenant, body, options, cancel).ConfigureAwait(false)
                : await publisher.PublishAsync(device.Tenant, device.Device, body, options with { PublisherId = id }, cancel).ConfigureAwait(false));
        }
        finally
        {
            slots.Release();
        }
    }

    private void Show(PublishResult result)
    {
        lock (_gate)
        {
            _accepted += result.Accepted ? 1 : 0;
            _exitCode = Math.Max(_exitCode, ExitCodeOf(result.Status));
            if (json)
            {
                WriteJson(result);
            }
            else if (result.Accepted && options.Qos == 0)
            {
                Console.Out.WriteLine($"{Name(result.Status)} {result.MessageId} reached={result.Reached}");
            }
            else if (result.Accepted)
            {
                Console.Out.WriteLine($"{Name(result.Status)} {result.MessageId} {result.Stream}/{result.Seq} id={result.PublisherId} queue={result.QueueDepth} {(result.Online ? "online" : "offline")}");
            }
            else
            {
                Console.Error.WriteLine($"pusher: {Name(result.Status)} id={result.PublisherId}: {result.Error}{(result.Retry ? " (retry may help)" : "")}");
            }
        }
    }

    private static void WriteJson(PublishResult result) => JsonLine.Write(w =>
    {
        w.WriteString("status", Name(result.Status));
        w.WriteString("publisher_id", result.PublisherId);
        if (result.Accepted)
        {
            w.WriteString("message_id", result.MessageId.ToString());
        }

        if (result.Reached >= 0)
        {
            w.WriteNumber("reached", result.Reached);
        }
        else if (result.Accepted)
        {
            w.WriteNumber("stream", result.Stream);
            w.WriteNumber("seq", result.Seq);
        }

        w.WriteBoolean("duplicate", result.Duplicate);
        w.WriteNumber("queue_depth", result.QueueDepth);
        w.WriteBoolean("online", result.Online);
        w.WriteBoolean("retry", result.Retry);
        w.WriteNumber("attempts", result.Attempts);
        w.WriteString("error", result.Error);
    });

    private static string Name(PublishStatus status)
        => string.Concat(status.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : c.ToString())).ToLowerInvariant();

    private static int ExitCodeOf(PublishStatus status) => status switch
    {
        PublishStatus.Ok or PublishStatus.Duplicate => ExitCode.Ok,
        PublishStatus.Unavailable => ExitCode.Unreachable,
        PublishStatus.Unknown => ExitCode.Unknown,
        _ => ExitCode.Failed,
    };
}
