using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>
/// When and where to connect next. The pause is drawn evenly from 0 to a bound that doubles with every failure ("full jitter":
/// of all schemes it spreads a crowd best), on top of the pause the server asked for.
/// </summary>
internal sealed class ReconnectPlan
{
    /// <summary>The longest pause that a server can ask for, 10 min: more is a defect of the server, and would need a visit to every printer.</summary>
    public const uint RetryAfterMsMax = 600_000;

    private readonly ClientSessionOptions _options;
    private readonly IEntropy _entropy;
    private readonly Queue<string> _elsewhere = new();
    private int _server;
    private int _failures;

    public ReconnectPlan(ClientSessionOptions options, IEntropy entropy)
    {
        _options = options;
        _entropy = entropy;
        _server = (int)(entropy.NextFraction() * options.Servers.Count);
    }

    /// <summary>The next address: one the server sent us to, once each; else the configured ones in turn.</summary>
    public string NextAddress()
    {
        if (_elsewhere.TryDequeue(out var address))
        {
            return address;
        }

        _server = (_server + 1) % _options.Servers.Count;
        return _options.Servers[_server];
    }

    /// <summary>The pause in milliseconds; null = stay away.</summary>
    /// <param name="farewell">Why the connection ended.</param>
    /// <param name="onlineMs">How long it was logged in; 0 when it never was.</param>
    public long? PauseAfter(Farewell farewell, long onlineMs)
    {
        switch (farewell.Reason)
        {
            case CloseReason.Replaced or CloseReason.Revoked:
            case CloseReason.Unauthorized when _options.UnauthorizedRetryMs is null:
                return null;
            case CloseReason.Unauthorized:
                return (long)(_options.UnauthorizedRetryMs.Value * (1 + _entropy.NextFraction()));
        }

        if (farewell.RetryAfterMs == ProtocolLimits.RetryNever)
        {
            // With a reason that calls for coming back "never" is a flipped bit of the line or a defect of the server. A printer that stays
            // silent for ever after that helps nobody. A reason that is not known yet may mean it.
            return Enum.IsDefined(farewell.Reason) ? (long)(_options.ReconnectMaxMs * (1 + _entropy.NextFraction())) : null;
        }

        SendElsewhere(farewell.Elsewhere);
        _failures = onlineMs > 0 && onlineMs >= _options.StableAfterMs ? 0 : _failures + 1;
        var bound = Math.Min(_options.ReconnectMaxMs, (long)_options.ReconnectBaseMs << Math.Min(Math.Max(0, _failures - 1), 20));
        return Math.Min(farewell.RetryAfterMs, RetryAfterMsMax) + (long)(bound * _entropy.NextFraction());
    }

    /// <summary>Starting at a drawn place: a whole node's devices must not all go to the first address.</summary>
    private void SendElsewhere(IReadOnlyList<string> addresses)
    {
        if (addresses.Count == 0)
        {
            return;
        }

        _elsewhere.Clear();
        var start = (int)(_entropy.NextFraction() * addresses.Count);
        for (var i = 0; i < addresses.Count; i++)
        {
            _elsewhere.Enqueue(addresses[(start + i) % addresses.Count]);
        }
    }
}
