using Pusher.Router.Stores;

namespace Pusher.Server.Http;

/// <summary>The canary's message on its way into the store.</summary>
internal sealed class CanaryAppend : AppendOperation
{
    private readonly TaskCompletionSource<AppendStatus> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<AppendStatus> Done => _done.Task;

    protected override void OnCompleted() => _done.TrySetResult(Status);
}
