using System.Net;

namespace Pusher.Bench.Servers;

/// <summary>A server that <c>pusher load</c> can drive: devices log in, a raw connection publishes to them (<see cref="Wire.RawPublish"/>).</summary>
internal interface IBenchServer : IAsyncDisposable
{
    /// <summary>Where devices connect.</summary>
    IPEndPoint Listen { get; }

    /// <summary>Where publishers connect; may be the same.</summary>
    IPEndPoint Raw { get; }

    ServerCounts Counts { get; }

    /// <summary>Faults when the server cannot go on.</summary>
    Task Completion { get; }
}
