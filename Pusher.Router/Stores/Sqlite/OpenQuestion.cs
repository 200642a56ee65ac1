using System.Threading.Tasks.Sources;
using Microsoft.Data.Sqlite;
using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// The question of a login: where does the device stand? Nearly every answer needs the reader alone; a login that changes something goes on to the
/// writer. Used again once its answer is taken, so that a login leaves no garbage here.
/// </summary>
/// <remarks>Threading: asked on any thread, run on a reader's, answered on the pool's, so that no caller's code holds a reader up.</remarks>
internal sealed class OpenQuestion(OpenQuestions home, string path) : StoreQuestion, IValueTaskSource<DeviceOpened>, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<DeviceOpened> _answer;
    private DeviceKey _device;
    private ReadOnlyMemory<StreamPosition> _seen;
    private CancellationToken _cancellationToken;
    private DeviceOpened? _opened;
    private Exception? _failure;

    public ValueTask<DeviceOpened> Answer => new(this, _answer.Version);

    public void Begin(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, CancellationToken cancellationToken)
    {
        _device = device;
        _seen = seen;
        _cancellationToken = cancellationToken;
    }

    public override void Run(StoreReader reader)
    {
        if (_cancellationToken.IsCancellationRequested)
        {
            Complete(null, new OperationCanceledException(_cancellationToken));
            return;
        }

        StreamState? state;
        try
        {
            state = reader.ReadStream(_device);
        }
        catch (SqliteException e)
        {
            Complete(null, StoreFile.Explain(path, e));
            return;
        }

        if (ChangesNothing(state, _seen.Span))
        {
            Complete(state is { } stream ? new DeviceOpened([stream], []) : DeviceOpened.Nothing, null);
        }
        else
        {
            _ = ChangeAsync();
        }
    }

    public override void Fail(StoreUnavailableException e) => Complete(null, e);

    void IThreadPoolWorkItem.Execute()
    {
        if (_failure is not null)
        {
            _answer.SetException(_failure);
        }
        else
        {
            _answer.SetResult(_opened!);
        }
    }

    DeviceOpened IValueTaskSource<DeviceOpened>.GetResult(short token)
    {
        try
        {
            return _answer.GetResult(token);
        }
        finally
        {
            Clear();
            home.GiveBack(this);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<DeviceOpened>.GetStatus(short token) => _answer.GetStatus(token);

    void IValueTaskSource<DeviceOpened>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _answer.OnCompleted(continuation, state, token, flags);

    private async Task ChangeAsync()
    {
        try
        {
            Complete(await home.ChangeAsync(_device, _seen, _cancellationToken).ConfigureAwait(false), null);
        }
        catch (Exception e)
        {
            Complete(null, e);
        }
    }

    private void Complete(DeviceOpened? opened, Exception? failure)
    {
        _opened = opened;
        _failure = failure;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void Clear()
    {
        _answer.Reset();
        _device = default;
        _seen = default;
        _cancellationToken = default;
        _opened = null;
        _failure = null;
    }

    private static bool ChangesNothing(StreamState? state, ReadOnlySpan<StreamPosition> seen)
    {
        foreach (var position in seen)
        {
            if (state is not { } known || position.Stream != known.Stream || position.Seq > known.AckedSeq)
            {
                return false;
            }
        }

        return true;
    }
}
