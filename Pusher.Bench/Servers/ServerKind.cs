namespace Pusher.Bench.Servers;

/// <summary>The servers that can be measured side by side.</summary>
internal enum ServerKind
{
    /// <summary>A bare epoll loop, none of the product's layers.</summary>
    Floor,

    /// <summary>The product's epoll reactors, without sessions.</summary>
    Epoll,

    /// <summary>The product's SAEA reactors, without sessions.</summary>
    Saea,

    /// <summary>A bare Kestrel connection handler.</summary>
    Kestrel,

    /// <summary>The whole product.</summary>
    Node,
}
