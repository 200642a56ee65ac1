namespace Pusher.Router.Stores.Redis;

/// <summary>A <see cref="StoreCall"/> with a result.</summary>
internal abstract class StoreCall<T> : StoreCall
{
    // Asynchronous continuations: the lane must not run its callers' code.
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Result => _result.Task;

    public override void Read(ref AnswerReader answer) => _result.TrySetResult(ReadResult(ref answer));

    public override void Fail(Exception cause) => _result.TrySetException(cause);

    protected abstract T ReadResult(ref AnswerReader answer);
}
