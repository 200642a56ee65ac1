namespace Pusher.Router.Dispatch;

/// <summary>An answer that waits for its turn: a single one as a value, that to a batch as what holds its results.</summary>
internal readonly record struct WaitingAnswer(string ReplyTo, PublishReply Reply, BatchAnswer? Batch)
{
    /// <summary>How many results it holds, or takes the memory of.</summary>
    public int Results => Batch?.Weight ?? 1;

    /// <summary>Its bytes; made only now.</summary>
    public IBusBuffer Write()
    {
        if (Batch is not null)
        {
            return Batch;
        }

        var json = JsonBuffer.Rent();
        Reply.WriteTo(json.Json);
        return json;
    }
}
