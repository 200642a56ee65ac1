using Microsoft.Win32.SafeHandles;

namespace Pusher.Transport.Listening;

/// <summary>
/// One file descriptor held back. When the process has none left, giving it up makes room to accept one connection and close it, so that
/// its peer learns at once instead of hanging in the accept queue, and the queue drains instead of waking the listener for ever.
/// </summary>
/// <remarks>Threading: one thread at a time.</remarks>
internal sealed class DescriptorReserve : IDisposable
{
    private SafeFileHandle? _handle;

    public DescriptorReserve()
    {
        TryAcquire();
    }

    public bool Held => _handle is not null;

    /// <summary>Takes a descriptor when none is held; false when there is none to take.</summary>
    public bool TryAcquire()
    {
        if (_handle is not null)
        {
            return true;
        }

        try
        {
            _handle = File.OpenHandle(OperatingSystem.IsWindows() ? Environment.ProcessPath! : "/dev/null");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Still none: the caller backs off and tries again.
            return false;
        }
    }

    public void Release()
    {
        _handle?.Dispose();
        _handle = null;
    }

    public void Dispose() => Release();
}
