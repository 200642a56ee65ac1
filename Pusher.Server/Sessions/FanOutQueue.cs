using Pusher.Core.Buffers;

namespace Pusher.Server.Sessions;

/// <summary>
/// The fan-outs that one reactor still has to do, one behind the other, each at its place in its tenant's list. The reactor takes as many steps per turn
/// as its budget allows.
/// </summary>
/// <remarks>Threading: on the reactor's thread only. The queue owns one reference to each frame and releases it once its walk has ended.</remarks>
internal sealed class FanOutQueue(TenantMembers members, int lengthMax)
{
    private readonly Queue<(FrameLease Frame, int Tenant)> _waiting = new();
    private int _next = TenantMembers.None;
    private bool _isWalking;

    /// <summary>True when there is something to do.</summary>
    public bool HasWork => _waiting.Count > 0;

    /// <summary>Takes the caller's reference over; false, and the reference stays the caller's, when the queue is full.</summary>
    public bool TryAdd(in FrameLease frame, int tenant)
    {
        if (_waiting.Count >= lengthMax)
        {
            return false;
        }

        _waiting.Enqueue((frame, tenant));
        return true;
    }

    /// <summary>The next delivery; the frame is leased until the next call. False when all is done.</summary>
    public bool TryNext(out int slot, out FrameLease frame)
    {
        while (_waiting.TryPeek(out var current))
        {
            if (!_isWalking)
            {
                _isWalking = true;
                _next = members.First(current.Tenant);
            }

            if (_next != TenantMembers.None)
            {
                slot = _next;
                frame = current.Frame;
                _next = members.Next(slot);
                return true;
            }

            _isWalking = false;
            _waiting.Dequeue();
            current.Frame.Release();
        }

        slot = TenantMembers.None;
        frame = default;
        return false;
    }

    /// <summary>The session leaves its tenant's list: call before it does.</summary>
    public void OnLeaving(int slot)
    {
        if (_isWalking && _next == slot)
        {
            _next = members.Next(slot);
        }
    }
}
