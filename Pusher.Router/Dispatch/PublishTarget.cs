namespace Pusher.Router.Dispatch;

/// <summary>Whom a publish is for, within its tenant.</summary>
public enum PublishTarget : byte
{
    /// <summary>One device: <see cref="Stores.AppendOperation.Device"/>.</summary>
    Device = 0,

    /// <summary>Every device of the tenant that is online on this node. QoS 0 only; of <see cref="Stores.AppendOperation.Device"/> the tenant counts.</summary>
    All,

    /// <summary>Many publishes in one message; each of them has a target of its own. Of an ingress only, a publish never has it.</summary>
    Batch,
}
