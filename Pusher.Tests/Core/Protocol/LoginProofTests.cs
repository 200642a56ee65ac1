using System.Text;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Core.Protocol;

public sealed class LoginProofTests
{
    public static TheoryData<LoginVector> All => [.. ProtocolVectors.Logins];

    [Theory]
    [MemberData(nameof(All), DisableDiscoveryEnumeration = true)]
    public void Verify_Vector_IsAcceptedOrNot(LoginVector vector)
        => Assert.Equal(
            vector.Accepted,
            LoginProof.Verify(
                Hex(vector.StoredKey),
                Encoding.ASCII.GetBytes(vector.Tenant),
                Encoding.ASCII.GetBytes(vector.Device),
                Hex(vector.ClientNonce),
                Hex(vector.ServerNonce),
                Hex(vector.Proof)));

    [Theory]
    [MemberData(nameof(All), DisableDiscoveryEnumeration = true)]
    public void Compute_Vector_GivesItsProof(LoginVector vector)
    {
        if (vector.Key is null)
        {
            Assert.False(vector.Accepted);
            return;
        }

        var stored = new byte[ProtocolLimits.KeyBytes];
        var proof = new byte[ProtocolLimits.KeyBytes];
        LoginProof.StoredKey(Hex(vector.Key), stored);
        LoginProof.Compute(Hex(vector.Key), vector.Tenant, vector.Device, Hex(vector.ClientNonce), Hex(vector.ServerNonce), proof);
        Assert.Equal(vector.StoredKey, Convert.ToHexStringLower(stored));
        Assert.Equal(vector.Proof, Convert.ToHexStringLower(proof));
    }

    [Fact]
    public void Verify_EveryBitOfTheProofFlipped_IsRefused()
    {
        var vector = ProtocolVectors.Logins[0];
        for (var bit = 0; bit < ProtocolLimits.KeyBytes * 8; bit++)
        {
            var proof = Hex(vector.Proof);
            proof[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(LoginProof.Verify(Hex(vector.StoredKey), "acme"u8, "printer-1"u8, Hex(vector.ClientNonce), Hex(vector.ServerNonce), proof));
        }
    }

    [Fact]
    public void Compute_ValueOfTheWrongLength_Throws()
    {
        var bytes = new byte[64];
        Assert.Throws<ArgumentException>(() => LoginProof.Compute(bytes.AsSpan(0, 31), "a", "b", bytes.AsSpan(0, 16), bytes.AsSpan(0, 32), bytes.AsSpan(0, 32)));
        Assert.Throws<ArgumentException>(() => LoginProof.Compute(bytes.AsSpan(0, 32), "a", "b", bytes.AsSpan(0, 17), bytes.AsSpan(0, 32), bytes.AsSpan(0, 32)));
        Assert.Throws<ArgumentException>(() => LoginProof.Compute(bytes.AsSpan(0, 32), "a", "b", bytes.AsSpan(0, 16), bytes.AsSpan(0, 31), bytes.AsSpan(0, 32)));
        Assert.Throws<ArgumentException>(() => LoginProof.Compute(bytes.AsSpan(0, 32), new string('a', 65), "b", bytes.AsSpan(0, 16), bytes.AsSpan(0, 32), bytes.AsSpan(0, 32)));
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text);
}
