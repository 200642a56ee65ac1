using Pusher.Core.Identity;
using Pusher.Transport;

namespace Pusher.Server.Sessions;

/// <summary>Where a session of this node lives.</summary>
/// <param name="Mailbox">Of its reactor.</param>
/// <param name="Connection">Its connection there.</param>
/// <param name="Epoch">Its session epoch.</param>
/// <param name="Order">Which of its client's logins it is.</param>
public readonly record struct SessionHandle(ReactorMailbox Mailbox, ConnectionId Connection, ulong Epoch, LoginOrder Order);
