using Pusher.Core.Messages;

namespace Pusher.Client.Devices;

/// <summary>
/// The device's memory of what it has handed over: the last message ids with their results, and how far each stream is
/// finished. The session records a message as started before it hands it over and as finished before it acknowledges it, and
/// calls <see cref="Commit"/> between recording and acting.
/// </summary>
/// <remarks>Threading: one thread at a time, the session's.</remarks>
public interface IDedupeRing : IDisposable
{
    /// <summary>How far each stream is finished: every seq through it was handled, skipped or acknowledged. At most 16.</summary>
    IReadOnlyCollection<StreamPosition> Positions { get; }

    /// <summary>What is known of a message id; false when it is new or was forgotten for newer ones.</summary>
    bool TryGet(ulong messageId, out DedupeEntry entry);

    /// <summary>The message is about to be handed over.</summary>
    void RecordStarted(ulong messageId);

    /// <summary>The application is done with the message.</summary>
    void RecordFinished(ulong messageId, in HandlingResult result);

    /// <summary>The stream is finished through a seq; a lower one than known is ignored.</summary>
    void RecordPosition(StreamPosition position);

    /// <summary>The stream is gone.</summary>
    void ForgetStream(uint stream);

    /// <summary>Makes all that was recorded survive, as far as this ring can.</summary>
    void Commit();
}
