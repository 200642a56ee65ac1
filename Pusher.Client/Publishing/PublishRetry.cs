namespace Pusher.Client.Publishing;

/// <summary>Runs the attempts of one publish and settles their answers into one.</summary>
internal sealed class PublishRetry
{
    private const int PauseMinMs = 50;
    private const int PauseMaxMs = 2_000;

    private readonly PublishRetryOptions _options;
    private readonly TimeProvider _time;

    public PublishRetry(PublishRetryOptions options, TimeProvider time)
    {
        options.Validate();
        _options = options;
        _time = time;
    }

    /// <summary>
    /// Attempts until one settles it. Once an attempt has ended as unknown, only "ok" and "duplicate" settle: any other answer speaks of
    /// its own attempt only, and the earlier one may still be stored.
    /// </summary>
    public async ValueTask<PublishResult> RunAsync(
        PublishRequest request,
        Func<PublishRequest, TimeSpan, CancellationToken, ValueTask<PublishResult>> attempt,
        CancellationToken cancellationToken)
    {
        var startedAt = _time.GetTimestamp();
        var unknown = false;
        for (var number = 1; ; number++)
        {
            var result = await attempt(request, _options.AttemptTime, cancellationToken).ConfigureAwait(false) with { Attempts = number };
            unknown |= result.Status == PublishStatus.Unknown;
            if (!MayRetry(request, result.Status) || number >= _options.Attempts)
            {
                return Settle(result, unknown);
            }

            var pause = Pause(number);
            if (_time.GetElapsedTime(startedAt) + pause >= _options.TotalTime)
            {
                return Settle(result, unknown);
            }

            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The same for many at once: an attempt has only those that are not settled yet, in their order.
    /// </summary>
    public async ValueTask<PublishResult[]> RunAsync(
        IReadOnlyList<PublishRequest> requests,
        Func<IReadOnlyList<PublishRequest>, TimeSpan, CancellationToken, ValueTask<PublishResult[]>> attempt,
        CancellationToken cancellationToken)
    {
        var startedAt = _time.GetTimestamp();
        var results = new PublishResult[requests.Count];
        var unknown = new bool[requests.Count];
        int[] open = [.. Enumerable.Range(0, requests.Count)];
        for (var number = 1; ; number++)
        {
            PublishRequest[] tried = [.. open.Select(i => requests[i])];
            var answers = await attempt(tried, _options.AttemptTime, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < open.Length; i++)
            {
                unknown[open[i]] |= answers[i].Status == PublishStatus.Unknown;
                results[open[i]] = answers[i] with { Attempts = number };
            }

            open = number >= _options.Attempts ? [] : [.. open.Where(i => MayRetry(requests[i], results[i].Status))];
            var pause = Pause(number);
            if (open.Length == 0 || _time.GetElapsedTime(startedAt) + pause >= _options.TotalTime)
            {
                return [.. results.Select((result, i) => Settle(result, unknown[i]))];
            }

            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static TimeSpan Pause(int attempt) => TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * Math.Min(PauseMaxMs, PauseMinMs << Math.Min(attempt - 1, 10)));

    /// <summary>
    /// A full queue is for the caller to decide: the device will not catch up within a few seconds. So is an unknown answer to QoS 0: there is no id that would
    /// keep the second from being a second message.
    /// </summary>
    private static bool MayRetry(PublishRequest request, PublishStatus status)
        => status is PublishStatus.Unavailable or PublishStatus.StoreUnavailable || (status == PublishStatus.Unknown && request.Qos != 0);

    private static PublishResult Settle(PublishResult last, bool unknown)
        => !unknown || last.Accepted || last.Status == PublishStatus.Unknown
            ? last
            : last with
            {
                Status = PublishStatus.Unknown,
                Retry = true,
                Error = $"An attempt got no answer, and a later one was answered {last.Status}: {last.Error} Publish again with the same id to learn what became of it.",
            };
}
