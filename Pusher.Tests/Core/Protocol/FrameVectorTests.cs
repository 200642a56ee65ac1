using System.Buffers;
using System.Text.Json.Nodes;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Core.Protocol;

/// <summary>Every frame of the vectors: read, written, split everywhere, cut off everywhere.</summary>
public sealed class FrameVectorTests
{
    public static TheoryData<FrameVector, bool> All
    {
        get
        {
            var data = new TheoryData<FrameVector, bool>();
            foreach (var vector in ProtocolVectors.Frames)
            {
                data.Add(vector, false);
                data.Add(vector, true);
            }

            return data;
        }
    }

    [Fact]
    public void Vectors_AllFrameTypes_AreThere()
        => Assert.Empty(Enum.GetValues<FrameType>().Except(ProtocolVectors.Frames.Where(v => v.Canonical).Select(v => v.Type)));

    [Theory]
    [MemberData(nameof(All), DisableDiscoveryEnumeration = true)]
    public void TryRead_Vector_GivesItsFields(FrameVector vector, bool checksum)
        => AssertReads(vector, checksum, new ReadOnlySequence<byte>(vector.Bytes(checksum)));

    [Theory]
    [MemberData(nameof(All), DisableDiscoveryEnumeration = true)]
    public void Write_FieldsOfVector_GivesItsBytes(FrameVector vector, bool checksum)
    {
        if (vector.Canonical)
        {
            var written = FrameFromFields.Write(vector.Type, vector.Fields, checksum ? FrameFlags.Checksum : FrameFlags.None);
            Assert.Equal(checksum ? vector.HexWithChecksum : vector.Hex, Convert.ToHexStringLower(written));
        }
    }

    [Theory]
    [MemberData(nameof(All), DisableDiscoveryEnumeration = true)]
    public void TryRead_SplitAnywhere_GivesTheSame(FrameVector vector, bool checksum)
    {
        var bytes = vector.Bytes(checksum);
        for (var at = 0; at <= bytes.Length; at++)
        {
            AssertReads(vector, checksum, Segments.SplitAt(bytes, at));
        }

        AssertReads(vector, checksum, Segments.Of(bytes, 1));
        AssertReads(vector, checksum, Segments.Of(bytes, 3));
    }

    [Theory]
    [MemberData(nameof(All), DisableDiscoveryEnumeration = true)]
    public void TryRead_CutOffAnywhere_NeedsMoreAndTakesNothing(FrameVector vector, bool checksum)
    {
        var bytes = vector.Bytes(checksum);
        for (var length = 0; length < bytes.Length; length++)
        {
            var part = bytes[..length];
            AssertNeedsMore(new ReadOnlySequence<byte>(part));
            AssertNeedsMore(Segments.Of(part, 1));
        }
    }

    [Theory]
    [MemberData(nameof(All), DisableDiscoveryEnumeration = true)]
    public void TryRead_TwoFrames_LeavesTheSecond(FrameVector vector, bool checksum)
    {
        var bytes = vector.Bytes(checksum);
        var both = Segments.Of([.. bytes, .. ProtocolVectors.Frames[0].Bytes(true)], 7);
        Assert.Equal(FrameReadStatus.Frame, FrameReader.TryRead(ref both, ProtocolLimits.PayloadBytesMaxDefault, out _, out _, out _));
        AssertReads(ProtocolVectors.Frames[0], true, both);
    }

    [Theory]
    [MemberData(nameof(All), DisableDiscoveryEnumeration = true)]
    public void TryRead_PayloadAtTheLimit_Passes(FrameVector vector, bool checksum)
    {
        var bytes = new ReadOnlySequence<byte>(vector.Bytes(checksum));
        var payload = (int)bytes.Length - FrameHeader.Size - (checksum ? FrameHeader.TrailerSize : 0);
        var rest = bytes;
        Assert.Equal(FrameReadStatus.Frame, FrameReader.TryRead(ref rest, payload, out _, out _, out _));
        Assert.Equal(FrameReadStatus.Invalid, FrameReader.TryRead(ref bytes, payload - 1, out _, out _, out var error));
        Assert.Equal(CloseReason.TooLarge, error);
    }

    private static void AssertReads(FrameVector vector, bool checksum, ReadOnlySequence<byte> buffer)
    {
        var status = FrameReader.TryRead(ref buffer, ProtocolLimits.PayloadBytesMaxDefault, out var header, out var payload, out var error);
        Assert.Equal(FrameReadStatus.Frame, status);
        Assert.Equal(CloseReason.None, error);
        Assert.Equal(0, buffer.Length);
        Assert.Equal(vector.Type, header.Type);
        Assert.Equal(checksum, header.Flags.HasFlag(FrameFlags.Checksum));
        Assert.Equal(FrameHeader.VersionCurrent, header.Version);
        Assert.Equal(vector.Bytes(false).Length - FrameHeader.Size, header.PayloadLength);
        var fields = FrameFields.Read(header.Type, payload);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(vector.Fields.ToJsonString()), JsonNode.Parse(fields?.ToJsonString() ?? "null")), fields?.ToJsonString());
    }

    private static void AssertNeedsMore(ReadOnlySequence<byte> buffer)
    {
        var length = buffer.Length;
        var status = FrameReader.TryRead(ref buffer, ProtocolLimits.PayloadBytesMaxDefault, out var header, out var payload, out var error);
        Assert.Equal(FrameReadStatus.NeedMore, status);
        Assert.Equal(CloseReason.None, error);
        Assert.Equal(default, header);
        Assert.Equal(0, payload.Length);
        Assert.Equal(length, buffer.Length);
    }
}
