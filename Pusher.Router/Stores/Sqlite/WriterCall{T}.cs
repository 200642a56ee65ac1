namespace Pusher.Router.Stores.Sqlite;

/// <summary>A call with its result's type.</summary>
internal sealed class WriterCall<T>(Func<T> body) : WriterCall
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _applied;

    public Task<T> Result => _result.Task;

    public override void Apply() => _applied = body();

    public override void Complete() => _result.TrySetResult(_applied!);

    public override void Fail(StoreUnavailableException e) => _result.TrySetException(e);
}
