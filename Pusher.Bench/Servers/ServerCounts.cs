namespace Pusher.Bench.Servers;

/// <summary>What a bench server has done since its start.</summary>
/// <param name="Logins">Devices that were welcomed.</param>
/// <param name="Published">Frames read from publishers.</param>
/// <param name="Pushed">Messages written to devices.</param>
/// <param name="Acked">Acknowledgements read from devices.</param>
/// <param name="Undeliverable">Messages for devices that were not there, or that took none any more.</param>
internal readonly record struct ServerCounts(long Logins, long Published, long Pushed, long Acked, long Undeliverable)
{
    public static ServerCounts operator +(ServerCounts a, ServerCounts b)
        => new(a.Logins + b.Logins, a.Published + b.Published, a.Pushed + b.Pushed, a.Acked + b.Acked, a.Undeliverable + b.Undeliverable);
}
