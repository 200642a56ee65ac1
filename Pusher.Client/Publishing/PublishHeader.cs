namespace Pusher.Client.Publishing;

/// <summary>Header names, the same over NATS and HTTP.</summary>
internal static class PublishHeader
{
    public const string Id = "Pusher-Id";
    public const string Qos = "Pusher-Qos";
    public const string Ttl = "Pusher-Ttl";
    public const string Priority = "Pusher-Priority";

    /// <summary>The headers of a request that are not at their defaults.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(PublishRequest request)
    {
        if (request.Qos == 0)
        {
            yield return new(Qos, "0");
        }
        else
        {
            yield return new(Id, request.PublisherId);
        }

        if (request.TtlMs is { } ttlMs)
        {
            yield return new(Ttl, $"{ttlMs}ms");
        }

        if (request.Priority != 0)
        {
            yield return new(Priority, request.Priority.ToString());
        }
    }
}
