using Microsoft.Win32.SafeHandles;

namespace Pusher.Transport.Interop;

/// <summary>A file descriptor of an epoll set or an eventfd.</summary>
internal sealed class DescriptorHandle : SafeHandleMinusOneIsInvalid
{
    public DescriptorHandle()
        : base(ownsHandle: true)
    {
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
