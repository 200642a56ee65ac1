using Pusher.Client.Devices;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Client;

public sealed class FileDedupeRingTests : IDisposable
{
    private static readonly DeviceKey Device = new("acme", "printer-1");
    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-ring-").FullName;

    private string Path => System.IO.Path.Combine(_directory, "ring");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Open_AfterClose_KnowsEverything()
    {
        using (var ring = Open())
        {
            ring.RecordStarted(1);
            ring.RecordFinished(1, new HandlingResult(DeliveryResult.OutOfPaper, "tray 2"));
            ring.RecordStarted(2);
            ring.RecordPosition(new StreamPosition(7, 1));
            ring.RecordPosition(new StreamPosition(8, 5));
            ring.ForgetStream(8);
            ring.Commit();
        }

        using var again = Open();
        Assert.True(again.TryGet(1, out var first));
        Assert.Equal(new DedupeEntry(true, DeliveryResult.OutOfPaper, null), first);
        Assert.True(again.TryGet(2, out var second));
        Assert.False(second.Finished);
        Assert.False(again.TryGet(3, out _));
        Assert.Equal([new StreamPosition(7, 1)], again.Positions);
        Assert.Equal(0, again.DamagedSlots);
    }

    [Fact]
    public void Open_FileCutAtEveryByte_WhatWasWhollyWrittenIsKnown()
    {
        const int Ids = 10; // fewer slots than after which positions are repeated
        using (var ring = Open(16))
        {
            Fill(ring, 1, Ids);
        }

        var whole = File.ReadAllBytes(Path);
        for (var length = 0; length <= (3 * Ids + 2) * RingSlot.Size; length++)
        {
            File.WriteAllBytes(Path, whole[..length]);
            using var ring = Open(16);
            for (var id = 1; id <= Ids; id++)
            {
                // Slots of an id: started, finished, position; slot 0 is the head.
                var known = ring.TryGet((ulong)id, out var entry);
                Assert.Equal(length >= ((3 * (id - 1)) + 2) * RingSlot.Size, known);
                Assert.Equal(length >= ((3 * (id - 1)) + 3) * RingSlot.Size, known && entry.Finished);
            }
        }
    }

    [Fact]
    public void Open_AnySlotTornAfterManyLaps_OnlyThatSlotIsMissing()
    {
        using (var ring = Open(16))
        {
            Fill(ring, 1, 200); // 600 slots in a file of 64
        }

        var whole = File.ReadAllBytes(Path);
        var intact = Known(Open(16));
        Assert.Equal(Enumerable.Range(185, 16).Select(i => (ulong)i), intact);
        for (var slot = 1; slot <= 64; slot++)
        {
            var torn = whole.ToArray();
            torn[(slot * RingSlot.Size) + (slot % RingSlot.Size)] ^= 0x40;
            File.WriteAllBytes(Path, torn);
            using var ring = Open(16);
            Assert.Equal(1, ring.DamagedSlots);
            Assert.True(Enumerable.Range(185, 16).Count(i => ring.TryGet((ulong)i, out _)) >= 15, $"slot {slot}");
        }
    }

    [Fact]
    public void Append_AfterATornTail_NewOnesAreKnownNextTime()
    {
        using (var ring = Open(16))
        {
            Fill(ring, 1, 5);
        }

        using (var file = File.OpenWrite(Path))
        {
            file.SetLength((RingSlot.Size * 12) + 7);
        }

        using (var ring = Open(16))
        {
            Assert.Equal(1, ring.DamagedSlots);
            Fill(ring, 50, 3);
        }

        using var again = Open(16);
        Assert.Equal(0, again.DamagedSlots);
        Assert.All(new ulong[] { 50, 51, 52 }, id => Assert.True(again.TryGet(id, out var entry) && entry.Finished));
    }

    [Fact]
    public void Position_OfAStreamThatStandsStill_OutlivesManyLaps()
    {
        using (var ring = Open(16))
        {
            ring.RecordPosition(new StreamPosition(99, 123));
            Fill(ring, 1, 500);
        }

        using var again = Open(16);
        Assert.Contains(new StreamPosition(99, 123), again.Positions);
    }

    [Fact]
    public void File_DoesNotGrow()
    {
        using (var ring = Open(16))
        {
            Fill(ring, 1, 10);
        }

        var size = new FileInfo(Path).Length;
        using (var ring = Open(16))
        {
            Fill(ring, 11, 1_000);
        }

        Assert.Equal(size, new FileInfo(Path).Length);
        Assert.Equal((64 + 1) * RingSlot.Size, size);
    }

    [Fact]
    public void Open_AnotherDevicesFile_IsRefused()
    {
        Open().Dispose();
        var error = Assert.Throws<RingFileException>(() => new FileDedupeRing(Path, new DeviceKey("acme", "printer-2")));
        Assert.Contains("another device", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_SomethingElse_IsRefusedAndLeftAlone()
    {
        File.WriteAllText(Path, "the recipe of the house, and do not overwrite it");
        Assert.Throws<RingFileException>(() => Open());
        Assert.StartsWith("the recipe", File.ReadAllText(Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_InUse_IsRefused()
    {
        using var ring = Open();
        var error = Assert.Throws<RingFileException>(() => Open());
        Assert.Contains(Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_DirectoryMissing_NamesTheFile()
        => Assert.Contains("/nowhere/ring", Assert.Throws<RingFileException>(() => new FileDedupeRing("/nowhere/ring", Device)).Message, StringComparison.Ordinal);

    [Fact]
    public void Session_RestartedOnTheFileAfterHandlingBeforeTheAcknowledgement_DoesNotHandOverAgain()
    {
        using (var ring = Open())
        {
            var before = new SessionBench(ring: ring) { Handler = _ => HandlingResult.Printed }.Online(new StreamPosition(7, 0));
            before.Receive(before.Push(100, 7, 1));
            Assert.Single(before.HandedOver); // the acknowledgement is lost with the process
        }

        using var reopened = Open();
        var after = new SessionBench(ring: reopened) { Handler = _ => HandlingResult.Printed }.Online(new StreamPosition(7, 0));
        after.Receive(after.Push(100, 7, 1, PushFlags.Redelivery), after.Push(101, 7, 2));
        Assert.Equal([101ul], after.HandedOver.Select(m => m.MessageId));
        Assert.Equal("done 100 Printed, done 101 Printed, ack 7/2", after.Sent());
    }

    [Fact]
    public void Session_AcknowledgementIsWrittenAfterTheFileKnows()
    {
        using var ring = Open();
        var bench = new SessionBench(ring: ring);
        bench.Online(new StreamPosition(7, 0));
        bench.Receive(bench.Push(100, 7, 1));
        Assert.Equal([100ul], KnownInCopy(started: true));
        bench.Handle(bench.HandedOver[0]);
        Assert.Contains("ack 7/1", bench.Sent(), StringComparison.Ordinal);
        Assert.Equal([100ul], KnownInCopy(started: false));
    }

    private FileDedupeRing Open(int capacity = 4096) => new(Path, Device, RingFlush.OperatingSystem, capacity);

    private static void Fill(FileDedupeRing ring, int first, int count)
    {
        for (var id = (ulong)first; id < (ulong)(first + count); id++)
        {
            ring.RecordStarted(id);
            ring.RecordFinished(id, HandlingResult.Printed);
            ring.RecordPosition(new StreamPosition(7, id));
            ring.Commit();
        }
    }

    private static List<ulong> Known(FileDedupeRing ring)
    {
        using (ring)
        {
            return [.. Enumerable.Range(1, 300).Select(i => (ulong)i).Where(i => ring.TryGet(i, out _))];
        }
    }

    /// <summary>What another process would find if this one ended now: the bytes as they are in the file.</summary>
    private List<ulong> KnownInCopy(bool started)
    {
        var copy = Path + ".copy";
        using (var copying = System.Diagnostics.Process.Start("cp", [Path, copy])) // the lock is advisory and .NET's own; cp does not ask for it
        {
            copying.WaitForExit();
            Assert.Equal(0, copying.ExitCode);
        }

        using var ring = new FileDedupeRing(copy, Device, RingFlush.OperatingSystem);
        return [.. Enumerable.Range(1, 300).Select(i => (ulong)i).Where(i => ring.TryGet(i, out var entry) && entry.Finished != started)];
    }
}
