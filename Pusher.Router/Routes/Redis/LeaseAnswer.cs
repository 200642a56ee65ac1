using StackExchange.Redis;

namespace Pusher.Router.Routes.Redis;

/// <summary>What <c>lease.lua</c> returns.</summary>
internal readonly struct LeaseAnswer(RedisResult result)
{
    public bool IsOk => Outcome == "ok";

    /// <summary>ok, held, number, taken, asked or absent.</summary>
    public string Outcome => (string)result[0]!;

    /// <summary>Of an ok.</summary>
    public ulong Incarnation => (ulong)result[1];

    /// <summary>Of an ok.</summary>
    public int Number => (int)result[2];

    /// <summary>Of an ok: the lease had run out before.</summary>
    public bool HadRunOut => (int)result[3] == 1;

    /// <summary>Of an ok: the newest incarnation of all.</summary>
    public ulong LastIncarnation => (ulong)result[4];

    /// <summary>Of an ok: Redis's clock.</summary>
    public long RedisUnixMs => (long)result[5];

    /// <summary>Of held: how long the holder's lease lives still.</summary>
    public int LeftMs => (int)result[1];

    /// <summary>Of held: the holder's incarnation. Of number: the node that has it.</summary>
    public string Holder => (string)result[Outcome == "held" ? 2 : 1]!;

    /// <summary>Of an ok: the live nodes, and when each lease ends by <see cref="Environment.TickCount64"/>.</summary>
    public IEnumerable<(NodeLease Lease, long EndsAtMs)> Nodes(long askedAtMs)
    {
        for (var i = 6; i < result.Length; i++)
        {
            var row = result[i];
            var lease = new NodeLease((string)row[0]!, (ulong)row[1], (int)row[2], (string)row[3]!, (int)row[4], (int)row[5] == 1, (long)row[6], (int)row[7], (int)row[8] == 1);
            yield return (lease, askedAtMs + (long)row[9]);
        }
    }
}
