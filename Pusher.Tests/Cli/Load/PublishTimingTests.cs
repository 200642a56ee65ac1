using System.Diagnostics;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Publishing;
using Xunit;

namespace Pusher.Tests.Cli.Load;

/// <summary>When the next message goes out: at a rate, and within a window.</summary>
public sealed class PublishTimingTests
{
    private const ulong Run = 9;

    [Fact]
    public void Pace_Messages_AreDueEvenlyWhateverHappenedBefore()
    {
        var pace = new PublishPace(20_000);
        pace.Start(1_000);
        for (var i = 0; i < 100_000; i++)
        {
            pace.Take();
        }

        Assert.Equal(1_000 + (5 * Stopwatch.Frequency), pace.NextDueAt);
    }

    [Theory]
    [InlineData(20_000, 0)]
    [InlineData(501, 0)]
    [InlineData(100, 9)]
    [InlineData(1, 999)]
    public void Pace_UntilTheNext_SleepsShortOfItOrPolls(double perSecond, int sleepMs)
    {
        var pace = new PublishPace(perSecond);
        pace.Start(1_000);
        pace.Take();
        Assert.Equal(sleepMs, pace.SleepMs(1_000));
    }

    [Fact]
    public void Window_WhatArrives_MakesRoom()
    {
        var ledger = new MessageLedger(Run, 1);
        var window = new PublishWindow(3, ledger);
        Assert.Equal(3, window.Room(0, 1));
        Assert.Equal(0, window.Room(3, 2));
        ledger.HandOver(new LoadPayload(Run, 0, 5, 0, 0), 5, -1);
        Assert.Equal(1, window.Room(3, 3));
    }

    [Fact]
    public void Window_NothingArrivesForASecond_OpensAgain()
    {
        var window = new PublishWindow(3, new MessageLedger(Run, 1));
        Assert.Equal(0, window.Room(3, 1));
        Assert.Equal(0, window.Room(3, Stopwatch.Frequency - 1_000_000));
        Assert.Equal(3, window.Room(3, 1 + Stopwatch.Frequency));
        Assert.Equal(0, window.Room(6, 2 + Stopwatch.Frequency));
    }
}
