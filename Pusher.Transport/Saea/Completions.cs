namespace Pusher.Transport.Saea;

/// <summary>Which asynchronous operations of a connection completed.</summary>
[Flags]
internal enum Completions
{
    None = 0,
    Receive = 1,
    Send = 2,
}
