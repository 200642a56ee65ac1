using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>Events of one connection that wait for their answers.</summary>
/// <remarks>Threading: under the host's gate; continuations run elsewhere.</remarks>
internal sealed class PendingEvents
{
    private readonly Dictionary<ulong, TaskCompletionSource<SendEventResult>> _pending = [];

    public Task<SendEventResult> Add(ulong eventId)
    {
        var answer = new TaskCompletionSource<SendEventResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending.Add(eventId, answer);
        return answer.Task;
    }

    public void Answer(ulong eventId, EventStatus status)
    {
        if (_pending.Remove(eventId, out var answer))
        {
            answer.SetResult(status switch
            {
                EventStatus.Ok => SendEventResult.Ok,
                EventStatus.Unavailable => SendEventResult.Unavailable,
                _ => SendEventResult.Rejected,
            });
        }
    }

    /// <summary>The connection ended: nobody can tell.</summary>
    public void FailAll()
    {
        foreach (var answer in _pending.Values)
        {
            answer.SetResult(SendEventResult.Unknown);
        }

        _pending.Clear();
    }
}
