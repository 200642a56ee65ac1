namespace Pusher.Client.Devices;

/// <summary>
/// Heartbeats of one connection. One goes out every interval, whatever else is sent, since only a heartbeat is sure to be
/// answered. A server that was silent for one and a half intervals and five seconds is dead.
/// </summary>
internal sealed class Liveness
{
    private const int SlackMs = 5_000;

    private long _intervalMs;
    private long _heardMs;
    private long _heartbeatDueMs;

    /// <summary>When to look again.</summary>
    public long NextDueMs => Math.Min(_heartbeatDueMs, DeadAtMs);

    private long DeadAtMs => _heardMs + _intervalMs + (_intervalMs / 2) + SlackMs;

    /// <summary>Begins at login.</summary>
    public void Start(uint intervalMs, long nowMs)
    {
        _intervalMs = intervalMs;
        _heardMs = nowMs;
        _heartbeatDueMs = nowMs + intervalMs;
    }

    /// <summary>The server changed the interval.</summary>
    public void Change(uint intervalMs, long nowMs)
    {
        _intervalMs = intervalMs;
        _heartbeatDueMs = Math.Min(_heartbeatDueMs, nowMs + intervalMs);
    }

    /// <summary>Any frame is a sign of life.</summary>
    public void OnFrame(long nowMs) => _heardMs = nowMs;

    public bool IsDead(long nowMs) => nowMs >= DeadAtMs;

    /// <summary>True when a heartbeat is to be sent now; plans the next.</summary>
    public bool TakeHeartbeatDue(long nowMs)
    {
        if (nowMs < _heartbeatDueMs)
        {
            return false;
        }

        _heartbeatDueMs = nowMs + _intervalMs;
        return true;
    }
}
