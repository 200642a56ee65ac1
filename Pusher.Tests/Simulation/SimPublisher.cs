using System.Text;
using Pusher.Core.Messages;

namespace Pusher.Tests.Simulation;

/// <summary>Publishes through whichever node is there, and asks again with the same id when no answer comes.</summary>
public sealed class SimPublisher(SimWorld world, SimRandom random)
{
    private const int AnswerTimeoutMs = 2_000;
    private const int TriesMax = 5;

    /// <summary>Publishes that are not settled.</summary>
    public int Open { get; private set; }

    public void Start()
    {
        for (var i = 0; i < world.Profile.Messages; i++)
        {
            var publish = Draw(i);
            Open++;
            world.Scheduler.After(random.Between(0, world.Profile.StormMs), () => Begin(publish));
        }
    }

    private SimPublish Draw(int number)
    {
        var poison = random.Chance(world.Profile.PoisonChance);
        var value = $"{(poison ? SimDevice.PoisonMark : 'm')}{number}";
        return new SimPublish
        {
            Device = random.Pick(world.Devices),
            Lane = random.Between(0, world.Profile.Lanes - 1),
            Value = value,
            Payload = Encoding.ASCII.GetBytes(value.PadRight(random.Skewed(value.Length, world.Profile.PayloadMax))),
            TtlMs = random.Chance(world.Profile.TtlChance) ? random.Between(1_000, 60_000) : 0,
        };
    }

    private void Begin(SimPublish publish)
    {
        world.Checker.Attempted(publish.Device.Key, publish.Value);
        publish.Incarnation = world.Store.Incarnation;
        Try(publish);
    }

    private void Try(SimPublish publish)
    {
        var attempt = ++publish.Tries;
        var node = random.Pick(world.Nodes);
        world.Scheduler.After(random.Skewed(0, 20), () => Arrive(node, publish, attempt));
        world.Scheduler.After(AnswerTimeoutMs, () => GiveUpWaiting(publish, attempt));
    }

    private void Arrive(SimNode node, SimPublish publish, int attempt)
    {
        if (!node.IsUp)
        {
            return;
        }

        node.After(random.Skewed(0, world.Profile.StoreDelayMaxMs), () =>
        {
            if (publish.Incarnation != world.Store.Incarnation)
            {
                return; // one of several tries, and the store no longer knows of the others
            }

            if (!world.Store.IsUp)
            {
                Answer(node, publish, attempt, null);
                return;
            }

            var (message, duplicate) = world.Store.Append(publish.Device.Key, publish.Lane, publish.Value, publish.Payload, publish.TtlMs);
            world.Trace.Note(publish.Device.Key.Device, duplicate ? "duplicate id stream seq" : "stored id stream seq", message.Id, message.Stream, message.Seq);
            if (!duplicate)
            {
                RingAll(node, message.ToStored(), publish);
            }

            Answer(node, publish, attempt, new StreamPosition(message.Stream, message.Seq));
        });
    }

    private void RingAll(SimNode from, StoredMessage message, SimPublish publish)
    {
        foreach (var node in world.Nodes)
        {
            if (!world.IsStorming || !random.Chance(world.Profile.RingLossChance))
            {
                var delay = node == from ? 0 : random.Skewed(0, 50);
                node.After(delay, () => node.Ring(message, publish.Device.Key));
            }
        }
    }

    private void Answer(SimNode node, SimPublish publish, int attempt, StreamPosition? place) => node.After(random.Skewed(0, 20), () =>
    {
        if (publish.IsSettled || attempt != publish.Tries)
        {
            return; // too late
        }

        if (place is { } at)
        {
            world.Checker.Accepted(publish.Device.Key, publish.Value, at, world.Scheduler.NowMs);
            Settle(publish);
        }
        else
        {
            world.Checker.Refused(publish.Device.Key, publish.Value);
            Again(publish);
        }
    });

    private void GiveUpWaiting(SimPublish publish, int attempt)
    {
        if (!publish.IsSettled && attempt == publish.Tries)
        {
            world.Checker.Unknown(publish.Device.Key, publish.Value);
            Again(publish);
        }
    }

    // After a loss of the store its memory of ids is gone too: to publish again could print twice, so the publisher leaves it.
    private void Again(SimPublish publish)
    {
        var tries = publish.Tries;
        if (tries == TriesMax || publish.Incarnation != world.Store.Incarnation)
        {
            Settle(publish);
            return;
        }

        world.Scheduler.After(random.Between(100, 3_000), () =>
        {
            if (publish.Incarnation != world.Store.Incarnation)
            {
                Settle(publish);
            }
            else if (!publish.IsSettled && tries == publish.Tries)
            {
                Try(publish);
            }
        });
    }

    private void Settle(SimPublish publish)
    {
        if (!publish.IsSettled)
        {
            publish.IsSettled = true;
            Open--;
        }
    }
}
