using System.Buffers;
using Pusher.Cli.Load.Checking;
using Pusher.Tests.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Cli.Load;

public sealed class LoadPayloadTests
{
    private static readonly LoadPayload Value = new(0x1122334455667788, 3, 70_000, 1L << 40, long.MaxValue);

    [Fact]
    public void TryRead_AtEverySplit_GivesWhatWasWritten()
    {
        var bytes = new byte[LoadPayload.Size + 10];
        Value.Write(bytes);
        for (var split = 0; split <= bytes.Length; split++)
        {
            Assert.True(LoadPayload.TryRead(Segments.SplitAt(bytes, split), out var read));
            Assert.Equal(Value, read);
        }
    }

    [Fact]
    public void TryRead_TooShortOrSomethingElse_IsFalse()
    {
        var bytes = new byte[LoadPayload.Size];
        Value.Write(bytes);
        Assert.False(LoadPayload.TryRead(new ReadOnlySequence<byte>(bytes, 0, LoadPayload.Size - 1), out _));
        bytes[0] ^= 1;
        Assert.False(LoadPayload.TryRead(new ReadOnlySequence<byte>(bytes), out _));
    }
}
