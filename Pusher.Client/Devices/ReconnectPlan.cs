using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>
/// When and where to connect next. The pause is drawn evenly from 0 to a bound that doubles with every failure ("full jitter":
/// of all schemes it spreads a crowd best), on top of the pause the server asked for.
/// </summary>
internal sealed class ReconnectPlan
{
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
            return MayComeFromTheLine(farewell.Reason) ? (long)(_options.ReconnectMaxMs * (1 + _entropy.NextFraction())) : null;
        }

        SendElsewhere(farewell.Elsewhere);
        _failures = onlineMs > 0 && onlineMs >= _options.StableAfterMs ? 0 : _failures + 1;
        var bound = Math.Min(_options.ReconnectMaxMs, (long)_options.ReconnectBaseMs << Math.Min(Math.Max(0, _failures - 1), 20));
        return farewell.RetryAfterMs + (long)(bound * _entropy.NextFraction());
    }

    /// <summary>
    /// "Never" for a reason that one flipped bit on the way can cause is taken as the longest pause: a printer that stays
    /// silent for ever after a bad moment of its radio helps nobody.
    /// </summary>
    private static bool MayComeFromTheLine(CloseReason reason)
        => reason is CloseReason.BadFrame or CloseReason.TooLarge or CloseReason.WrongState or CloseReason.BadAck or CloseReason.UnsupportedVersion
            or CloseReason.BadHello;

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
