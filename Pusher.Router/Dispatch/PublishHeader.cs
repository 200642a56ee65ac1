namespace Pusher.Router.Dispatch;

/// <summary>The headers that a publish has brought so far.</summary>
[Flags]
internal enum PublishHeader : byte
{
    None = 0,
    Id = 1,
    NatsId = 2,
    Ttl = 4,
    Qos = 8,
    Priority = 16,
}
