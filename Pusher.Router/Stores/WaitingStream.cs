using Pusher.Core.Identity;

namespace Pusher.Router.Stores;

/// <summary>A stream that has waiting messages: stored through <paramref name="LastSeq"/>, not acknowledged through it.</summary>
public sealed record WaitingStream(DeviceKey Device, uint Stream, ulong LastSeq);
