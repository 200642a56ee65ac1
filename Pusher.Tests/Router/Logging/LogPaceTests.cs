using Microsoft.Extensions.Time.Testing;
using Pusher.Router.Logging;
using Xunit;

namespace Pusher.Tests.Router.Logging;

public sealed class LogPaceTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void TryTell_ManyAtOnce_TellsAFewAndThenHowManyWereNot()
    {
        LogPace pace = new(_time, TimeSpan.FromSeconds(10), linesMax: 3);
        Assert.Equal([true, true, true, false, false], Enumerable.Range(0, 5).Select(_ => pace.TryTell(out var _)));

        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.True(pace.TryTell(out var untold));
        Assert.Equal(2, untold);
        Assert.True(pace.TryTell(out untold));
        Assert.Equal(0, untold);
    }

    [Fact]
    public void TryTell_SeldomEnough_TellsAll()
    {
        LogPace pace = new(_time, TimeSpan.FromSeconds(10), linesMax: 1);
        for (var i = 0; i < 5; i++)
        {
            Assert.True(pace.TryTell(out var untold));
            Assert.Equal(0, untold);
            _time.Advance(TimeSpan.FromSeconds(10));
        }
    }
}
