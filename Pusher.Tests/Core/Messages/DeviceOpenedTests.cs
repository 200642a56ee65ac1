using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Core.Messages;

public sealed class DeviceOpenedTests
{
    [Theory]
    [InlineData(0u)]
    [InlineData(7u, 3u, 4u)]
    [InlineData(ProtocolLimits.LostUnknown, 3u, ProtocolLimits.LostUnknown, 4u)]
    [InlineData(ProtocolLimits.LostUnknown, uint.MaxValue - 1, 5u)] // more than the number holds, not 3
    public void Lost_OfSeveralStreams_IsTheirSumOrNotKnown(uint expected, params uint[] lost)
        => Assert.Equal(expected, new DeviceOpened([], [.. lost.Select((count, i) => new StreamReset((uint)i + 1, 9, count))]).Lost);
}
