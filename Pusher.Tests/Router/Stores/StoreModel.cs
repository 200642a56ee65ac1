using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Router.Stores;

namespace Pusher.Tests.Router.Stores;

/// <summary>The message store in the fewest words: lists and loops. It never forgets, so runs must stay within the retentions.</summary>
internal sealed class StoreModel(StoreSettings settings)
{
    private readonly Dictionary<DeviceKey, (uint Stream, ulong Acked, ulong Last)> _devices = [];

    public List<ModelMessage> All { get; } = [];

    public uint StreamOf(DeviceKey device) => _devices.TryGetValue(device, out var state) ? state.Stream : 0;

    public ulong AckedSeq(DeviceKey device) => _devices.TryGetValue(device, out var state) ? state.Acked : 0;

    public ulong LastSeq(DeviceKey device) => _devices.TryGetValue(device, out var state) ? state.Last : 0;

    public IEnumerable<ModelMessage> Pending(DeviceKey device) => Of(device).Where(m => m.State == MessageState.Pending);

    public IEnumerable<(ulong Seq, SkipReason Reason)> Gaps(DeviceKey device)
        => Of(device).Where(m => m.State is MessageState.Expired or MessageState.Dead && m.Seq > AckedSeq(device))
            .Select(m => (m.Seq, m.State == MessageState.Dead ? SkipReason.Dead : SkipReason.Expired));

    public ModelMessage? RandomMessage(Random random) => All.Count == 0 ? null : All[random.Next(Math.Max(0, All.Count - 40), All.Count)];

    /// <summary>Mostly a seq in the stream, sometimes one that was acknowledged or never stored.</summary>
    public ulong RandomSeq(Random random, DeviceKey device)
    {
        var acked = AckedSeq(device);
        return random.Next(8) == 0 ? (ulong)random.Next(60) : acked + (ulong)random.Next((int)(LastSeq(device) - acked) + 1);
    }

    public (AppendStatus Status, ModelMessage? Message, int Depth) Append(AppendOperation append, ulong ownId, long now)
    {
        _devices.TryAdd(append.Device, (append.Stream, 0, 0));
        var first = append.PublisherId is null ? null : All.Find(m => m.Device == append.Device && m.PublisherId == append.PublisherId);
        var pending = Pending(append.Device).ToList();
        if (first is not null)
        {
            return (AppendStatus.Duplicate, first, pending.Count);
        }

        if (pending.Count >= settings.QueueMessagesMax || pending.Sum(m => m.Bytes) + append.Payload.Length > settings.QueueBytesMax)
        {
            return (AppendStatus.QueueFull, null, pending.Count);
        }

        var state = _devices[append.Device];
        _devices[append.Device] = state with { Last = state.Last + 1 };
        var message = new ModelMessage
        {
            Device = append.Device,
            MessageId = ownId,
            PublisherId = append.PublisherId,
            Bytes = append.Payload.Length,
            ExpiresAtUnixMs = append.ExpiresAtUnixMs,
            Stream = state.Stream,
            Seq = state.Last + 1,
        };
        All.Add(message);
        return (AppendStatus.Stored, message, pending.Count + 1);
    }

    public void Acknowledge(DeviceKey device, ulong seq, long now)
    {
        if (!_devices.TryGetValue(device, out var state) || seq <= state.Acked || seq > state.Last)
        {
            return;
        }

        foreach (var message in Pending(device).Where(m => m.Seq <= seq).ToList())
        {
            message.State = message.Result is null ? MessageState.Acked : MessageState.Done;
        }

        _devices[device] = state with { Acked = seq };
    }

    public static void RecordDone(ModelMessage message, DeliveryResult result)
    {
        if (message.Result is null)
        {
            message.Result = result;
            message.State = message.State == MessageState.Acked ? MessageState.Done : message.State;
        }
    }

    public ulong? GiveUp(DeviceKey device, ulong seq)
    {
        var message = Pending(device).FirstOrDefault(m => m.Seq == seq);
        if (message is not null)
        {
            message.State = MessageState.Dead;
        }

        return message?.MessageId;
    }

    public IEnumerable<ulong> Expire(long now)
    {
        var expired = All.Where(m => m.State == MessageState.Pending && m.ExpiresAtUnixMs > 0 && m.ExpiresAtUnixMs <= now).ToList();
        expired.ForEach(m => m.State = MessageState.Expired);
        return expired.Select(m => m.MessageId).Order();
    }

    /// <summary>How many seqs the login shows to be lost; <paramref name="newStream"/> is what the store has drawn then.</summary>
    public uint LogIn(DeviceKey device, ulong seen, uint newStream, long now)
    {
        var state = _devices[device];
        if (seen <= state.Last)
        {
            Acknowledge(device, seen, now);
            return 0;
        }

        var pending = Pending(device).ToList();
        for (var i = 0; i < pending.Count; i++)
        {
            pending[i].Stream = newStream;
            pending[i].Seq = (ulong)i + 1;
        }

        _devices[device] = (newStream, 0, (ulong)pending.Count);
        return (uint)(seen - state.Last);
    }

    private IEnumerable<ModelMessage> Of(DeviceKey device) => All.Where(m => m.Device == device && m.Stream == StreamOf(device)).OrderBy(m => m.Seq);
}
