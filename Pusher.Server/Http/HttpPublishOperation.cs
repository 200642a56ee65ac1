using Pusher.Router.Dispatch;

namespace Pusher.Server.Http;

/// <summary>A publish that came by HTTP and waits for its answer.</summary>
internal sealed class HttpPublishOperation : PublishOperation
{
    private readonly TaskCompletionSource<PublishReply> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<PublishReply> Answered => _answer.Task;

    protected override void Answer(in PublishReply reply) => _answer.TrySetResult(reply);
}
