namespace Pusher.Cli.Load.Engine;

/// <summary>Whose turn it is to connect: each admitted device once, in order, then those that are to come back.</summary>
/// <remarks>Threading: on the engine's thread, but for <see cref="Admit"/>.</remarks>
internal sealed class ConnectQueue
{
    private readonly Queue<int> _again = new();
    private int _begun;
    private volatile int _admitted;

    /// <summary>Lets the first <paramref name="count"/> devices connect.</summary>
    public void Admit(int count) => _admitted = count;

    public void Again(int index) => _again.Enqueue(index);

    public bool TryNext(out int index)
    {
        if (_begun < _admitted)
        {
            index = _begun++;
            return true;
        }

        return _again.TryDequeue(out index);
    }
}
