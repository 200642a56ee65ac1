using Microsoft.Data.Sqlite;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>A question with its answer's type.</summary>
internal sealed class StoreQuestion<T>(Func<StoreReader, T> question, string path, CancellationToken cancellationToken) : StoreQuestion
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => _answer.Task;

    public override void Run(StoreReader reader)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            _answer.TrySetCanceled(cancellationToken);
            return;
        }

        try
        {
            _answer.TrySetResult(reader.Read(question));
        }
        catch (SqliteException e)
        {
            _answer.TrySetException(StoreFile.Explain(path, e));
        }
    }

    public override void Fail(StoreUnavailableException e) => _answer.TrySetException(e);
}
