using Pusher.Core.Messages;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>A login's answer, and how many losses it brought to light.</summary>
internal readonly record struct OpenOutcome(DeviceOpened Opened, int NewLosses);
