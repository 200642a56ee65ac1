namespace Pusher.Client.Devices;

/// <summary>What the server said at login.</summary>
/// <param name="Epoch">The session's epoch; grows with every login of the device.</param>
/// <param name="Node">The server's name.</param>
/// <param name="ServerTimeUnixMs">The server's clock, Unix milliseconds.</param>
/// <param name="HeartbeatMs">Interval of heartbeats, milliseconds.</param>
/// <param name="Window">Messages the server keeps unacknowledged at most.</param>
/// <param name="Resumed">The server went on where the device was.</param>
/// <param name="Lost">Messages that the server knows it lost for this device.</param>
public sealed record LoginInfo(ulong Epoch, string Node, long ServerTimeUnixMs, uint HeartbeatMs, ushort Window, bool Resumed, uint Lost);
