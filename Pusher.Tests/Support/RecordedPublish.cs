using Pusher.Router.Dispatch;

namespace Pusher.Tests.Support;

/// <summary>A publish whose answers are written down.</summary>
public sealed class RecordedPublish : PublishOperation
{
    public List<PublishReply> Replies { get; } = [];

    /// <summary>Called with each answer.</summary>
    public Action? OnAnswer { get; set; }

    /// <summary>The one answer; fails when there is none or a second one.</summary>
    public PublishReply Reply => Replies.Single();

    protected internal override void Answer(in PublishReply reply)
    {
        OnAnswer?.Invoke();
        Replies.Add(reply);
    }
}
