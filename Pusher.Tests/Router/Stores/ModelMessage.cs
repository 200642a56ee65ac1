using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Tests.Router.Stores;

/// <summary>A message as <see cref="StoreModel"/> knows it.</summary>
internal sealed class ModelMessage
{
    public required DeviceKey Device { get; init; }

    public required ulong MessageId { get; init; }

    public required string? PublisherId { get; init; }

    public required int Bytes { get; init; }

    public required long ExpiresAtUnixMs { get; init; }

    public uint Stream { get; set; }

    public ulong Seq { get; set; }

    public MessageState State { get; set; }

    public DeliveryResult? Result { get; set; }
}
