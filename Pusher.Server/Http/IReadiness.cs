namespace Pusher.Server.Http;

/// <summary>Whether this node can do its work.</summary>
/// <remarks>Threading: any thread; must not block.</remarks>
public interface IReadiness
{
    /// <summary>The latest finding.</summary>
    ReadinessReport Current { get; }
}
