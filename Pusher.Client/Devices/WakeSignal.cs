using System.Threading.Channels;

namespace Pusher.Client.Devices;

/// <summary>Wakes one waiting loop; any number of calls before it wakes are one.</summary>
/// <remarks>Threading: any thread may set, one waits.</remarks>
internal sealed class WakeSignal
{
    private readonly Channel<byte> _signal = Channel.CreateBounded<byte>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Set() => _signal.Writer.TryWrite(1);

    public async ValueTask WaitAsync(CancellationToken cancellationToken = default) => await _signal.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
}
