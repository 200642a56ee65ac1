namespace Pusher.Router.Routes;

/// <summary>A claim that was granted: the new route and the one it took over from, who must be told to close.</summary>
public readonly record struct RouteClaim(Route Route, Route? Replaced);
