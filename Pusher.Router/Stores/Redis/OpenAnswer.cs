using Pusher.Core.Messages;

namespace Pusher.Router.Stores.Redis;

/// <summary>A login's answer, and how many losses it brought to light.</summary>
internal readonly record struct OpenAnswer(DeviceOpened Opened, int NewLosses);
