using Pusher.Core.Sessions;

namespace Pusher.Tests.Simulation;

/// <summary>The size and the weather of one run, drawn from its seed. Times are milliseconds.</summary>
public sealed record SimProfile
{
    public required int Nodes { get; init; }

    public required int Devices { get; init; }

    public required int Messages { get; init; }

    /// <summary>Streams (lanes) of one device at most.</summary>
    public required int Lanes { get; init; }

    /// <summary>How long publishers publish and faults happen.</summary>
    public required int StormMs { get; init; }

    /// <summary>Mean time between two faults.</summary>
    public required int FaultEveryMs { get; init; }

    public required int LatencyMaxMs { get; init; }

    /// <summary>A printer needs up to so long for one message.</summary>
    public required int HandlerMaxMs { get; init; }

    public required int StoreDelayMaxMs { get; init; }

    public required int SweepEveryMs { get; init; }

    public required double PushDropChance { get; init; }

    public required double RingLossChance { get; init; }

    public required double PoisonChance { get; init; }

    public required double TtlChance { get; init; }

    public required double CancelChance { get; init; }

    public required double ChecksumChance { get; init; }

    /// <summary>Bytes of a payload at most.</summary>
    public required int PayloadMax { get; init; }

    public required SessionOptions Session { get; init; }

    public static SimProfile Draw(SimRandom random, SimBreakage breakage)
    {
        var ackTimeout = random.Between(2, 15) * 1_000;
        var calm = random.Chance(0.1);
        var poison = random.Chance(0.3) ? 0.05 : 0;
        return new SimProfile
        {
            Nodes = random.Chance(0.4) ? 1 : random.Between(2, 4),
            Devices = random.Chance(0.1) ? random.Between(12, 24) : random.Between(1, 6),
            Messages = random.Between(10, 120),
            Lanes = random.Chance(0.25) ? 3 : 1,
            StormMs = random.Between(10, 180) * 1_000,
            FaultEveryMs = calm ? 60_000 : random.Between(500, 10_000),
            LatencyMaxMs = random.Chance(0.7) ? random.Between(1, 200) : random.Between(500, 5_000),
            HandlerMaxMs = random.Chance(0.5) ? random.Between(0, 300) : random.Between(1_000, 8_000),
            StoreDelayMaxMs = random.Chance(0.7) ? random.Between(1, 30) : random.Between(500, 4_000),
            SweepEveryMs = random.Between(1, 10) * 1_000,
            PushDropChance = calm ? 0 : random.Skewed(0, 30) / 100.0,
            RingLossChance = calm ? 0 : random.Skewed(0, 40) / 100.0,
            PoisonChance = poison,
            TtlChance = random.Chance(0.4) ? 0.3 : 0,
            CancelChance = random.Chance(0.3) ? 0.2 : 0,
            ChecksumChance = random.Chance(0.3) ? 0.5 : 0,
            PayloadMax = random.Chance(0.8) ? 200 : 4_000,
            Session = new SessionOptions
            {
                WindowMessages = random.Between(1, 32),
                WindowMessagesMax = 64,
                WindowBytes = random.Chance(0.6) ? 256 * 1024 : random.Between(1, 1_000),
                AckTimeoutMs = ackTimeout,
                AckTimeoutMaxMs = ackTimeout * random.Between(1, 8),
                AttemptsMax = random.Between(3, poison > 0 ? 6 : 30), // each try of a poison message may cost the longest time-out
                HeartbeatMs = random.Between(5, 60) * 1_000,
                LoginTimeoutMs = random.Between(5, 15) * 1_000,
                StoreRetryAfterMs = (uint)random.Between(100, 5_000),
                Breakage = breakage.Session,
            },
        };
    }
}
