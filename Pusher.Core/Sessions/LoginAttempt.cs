using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Core.Sessions;

/// <summary>What a session must remember from HELLO to WELCOME, and not a moment longer.</summary>
internal sealed class LoginAttempt
{
    public const int ClientNonceBytes = 16;
    public const int ServerNonceBytes = 32;
    public const int KeyBytes = 32;

    private NonceBuffer _nonces;
    private KeyBuffer _storedKey;
    private KeyBuffer _proof;

    public Span<byte> ClientNonce => ((Span<byte>)_nonces)[..ClientNonceBytes];

    public Span<byte> ServerNonce => ((Span<byte>)_nonces)[ClientNonceBytes..];

    public Span<byte> StoredKey => _storedKey;

    /// <summary>What PROOF brought, while the key is asked for again.</summary>
    public Span<byte> Proof => _proof;

    /// <summary>False for a device that is not known: the proof is computed all the same, and never right.</summary>
    public bool Known { get; set; }

    public int ProposedWindow { get; set; }

    public long ProposedHeartbeatMs { get; set; }

    public StreamPosition[] Seen { get; set; } = [];

    /// <summary>Which of its client's logins this is, as HELLO said.</summary>
    public LoginOrder Order { get; set; }

    /// <summary>Rings that came before the streams were read.</summary>
    public List<StreamPosition>? EarlyRings { get; set; }

    /// <summary>Takes what HELLO says.</summary>
    public void Begin(in HelloFrame hello, LoginOrder order)
    {
        ProposedWindow = hello.Window;
        ProposedHeartbeatMs = hello.HeartbeatMs;
        Order = order;
        Seen = hello.StreamCount == 0 ? [] : new StreamPosition[hello.StreamCount];
        for (var i = 0; i < Seen.Length; i++)
        {
            Seen[i] = hello.GetStream(i);
        }

        hello.ClientNonce.CopyTo(ClientNonce);
    }

    /// <summary>True for the right proof of a known device; the same steps, and the same time, for any other.</summary>
    public bool IsProvedBy(DeviceKey device, ReadOnlySpan<byte> proof)
    {
        Span<byte> tenant = stackalloc byte[Identifier.LengthMax];
        Span<byte> name = stackalloc byte[Identifier.LengthMax];
        tenant = tenant[..Encoding.ASCII.GetBytes(device.Tenant, tenant)];
        name = name[..Encoding.ASCII.GetBytes(device.Device, name)];
        return LoginProof.Verify(StoredKey, tenant, name, ClientNonce, ServerNonce, proof) & Known;
    }

    /// <summary>A ring that came before the streams were read.</summary>
    public void KeepRing(uint stream, ulong seq) => (EarlyRings ??= []).Add(new StreamPosition(stream, seq));

    /// <summary>Forgets everything, so that the next login finds it as new.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(StoredKey);
        CryptographicOperations.ZeroMemory(_nonces);
        CryptographicOperations.ZeroMemory(Proof);
        Known = false;
        ProposedWindow = 0;
        ProposedHeartbeatMs = 0;
        Seen = [];
        Order = default;
        EarlyRings = null;
    }

    [InlineArray(ClientNonceBytes + ServerNonceBytes)]
    private struct NonceBuffer
    {
        private byte _first;
    }

    [InlineArray(KeyBytes)]
    private struct KeyBuffer
    {
        private byte _first;
    }
}
