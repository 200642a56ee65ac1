using System.Net;

namespace Pusher.Cli.Load.Engine;

/// <summary>What all device engines of a run share.</summary>
/// <param name="Server">Where to.</param>
/// <param name="Sources">Addresses to come from, in turn; empty = the system's choice.</param>
/// <param name="LoginsPending">Connections of one engine that are being made at a time.</param>
/// <param name="HeartbeatMs">Proposed to the server; 0 = the server's choice.</param>
/// <param name="Publishers">Publishers of the run.</param>
/// <param name="Protocol">What the devices speak.</param>
/// <param name="Qos">With what quality a device subscribes, where it subscribes.</param>
internal sealed record EngineOptions(IPEndPoint Server, IReadOnlyList<IPEndPoint> Sources, int LoginsPending, uint HeartbeatMs, int Publishers, LoadProtocol Protocol, int Qos);
