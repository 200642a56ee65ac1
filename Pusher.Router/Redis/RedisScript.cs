using System.Security.Cryptography;
using System.Text;

namespace Pusher.Router.Redis;

/// <summary>
/// One Lua script: its text and the SHA-1 by which EVALSHA names it. The texts are the files in <c>Redis/Scripts</c>. They begin with
/// a shebang, so that Redis (7.0 and later) refuses a script before its first command when memory is used up, the node is a replica
/// or a key of another slot is touched: an error of that kind means that nothing was done.
/// </summary>
internal sealed class RedisScript
{
    private RedisScript(string flags, params ReadOnlySpan<string> files)
    {
        var text = new StringBuilder(flags.Length == 0 ? "#!lua\n" : $"#!lua flags={flags}\n");
        foreach (var file in files)
        {
            text.Append(ReadFile(file)).Append('\n');
        }

        Text = text.ToString();
#pragma warning disable CA5350 // Redis names scripts by it; nothing rests on its strength
        Hash = SHA1.HashData(Encoding.UTF8.GetBytes(Text));
#pragma warning restore CA5350
    }

    /// <summary>Requests to the store that may need memory.</summary>
    public static RedisScript Batch { get; } = new("", "common.lua", "batch.lua");

    /// <summary>The same, for requests that free memory: it runs when memory is used up.</summary>
    public static RedisScript BatchWithoutAppends { get; } = new("allow-oom", "common.lua", "batch.lua");

    /// <summary>Ends what is over its time.</summary>
    public static RedisScript Sweep { get; } = new("allow-oom", "common.lua", "sweep.lua");

    /// <summary>A page of a stream.</summary>
    public static RedisScript Page { get; } = new("no-writes", "common.lua", "page.lua");

    /// <summary>Streams that wait.</summary>
    public static RedisScript Waiting { get; } = new("allow-oom", "common.lua", "waiting.lua");

    /// <summary>A node's highest message id, where no batch can carry it.</summary>
    public static RedisScript Top { get; } = new("", "top.lua");

    /// <summary>The store's schema and incarnation.</summary>
    public static RedisScript Schema { get; } = new("", "schema.lua");

    /// <summary>Claims a route.</summary>
    public static RedisScript Claim { get; } = new("", "claim.lua");

    /// <summary>Writes routes again that may be lost.</summary>
    public static RedisScript Restore { get; } = new("", "restore.lua");

    /// <summary>Releases a route.</summary>
    public static RedisScript Release { get; } = new("allow-oom", "release.lua");

    /// <summary>Takes or renews a node's lease.</summary>
    public static RedisScript Lease { get; } = new("allow-oom", "lease.lua");

    /// <summary>Writes a device's credential.</summary>
    public static RedisScript Credential { get; } = new("", "credential.lua");

    public string Text { get; }

    public byte[] Hash { get; }

    private static string ReadFile(string name)
    {
        using var stream = typeof(RedisScript).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The script {name} is not part of the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
