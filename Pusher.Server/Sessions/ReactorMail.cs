using Pusher.Transport;

namespace Pusher.Server.Sessions;

/// <summary>One thing another thread has to say to a session, or to a whole reactor.</summary>
public readonly record struct ReactorMail(ReactorMailKind Kind, ConnectionId Connection, object? Body = null, ulong Number = 0, uint Stream = 0);
