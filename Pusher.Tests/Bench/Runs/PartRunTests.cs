using Pusher.Bench.Runs;
using Pusher.Bench.Servers;
using Xunit;

namespace Pusher.Tests.Bench.Runs;

public sealed class PartRunTests
{
    // Logins and warming up allocate 10,000 bytes, then nothing moves but 2 bytes a message; behind the end others allocate.
    [Fact]
    public void Garbage_Samples_CountsTheSteadyPartOnly()
        => Assert.Equal(2, PartRun.Garbage([At(0, 5_000), At(100, 10_000), At(400, 15_000), At(700, 15_600), At(1_000, 16_200), At(1_000, 99_999)]));

    [Fact]
    public void Garbage_NothingPushed_IsNotKnown()
    {
        Assert.Equal(double.NaN, PartRun.Garbage([]));
        Assert.Equal(double.NaN, PartRun.Garbage([At(0, 1), At(0, 2)]));
    }

    [Fact]
    public void Parse_JsonOfALoadRun_GivesFiguresAndProblems()
    {
        var result = LoadRunner.Parse("""{"mode":"unicast","figures":{"server_cpu":12.5,"lost":3},"problems":["3 lost"]}""");
        Assert.Equal((12.5, 3.0, double.NaN), (result["server_cpu"], result["lost"], result["nothing"]));
        Assert.Equal(["3 lost"], result.Problems);
    }

    private static ServerStats At(long pushed, long allocated) => new(new ServerCounts(0, 0, pushed, 0, 0), allocated, 0, 0);
}
