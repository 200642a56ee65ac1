namespace Pusher.Cli.Load.Publishing;

/// <summary>What a protocol tells of a publishing connection.</summary>
/// <remarks>Threading: on the reactor's thread only.</remarks>
internal interface IPublishEvents
{
    /// <summary>The server is ready to be published to.</summary>
    void OnReady();

    /// <summary>A publish was answered.</summary>
    /// <param name="counter">Its number on this connection.</param>
    /// <param name="answer">What the server said.</param>
    void OnAnswer(long counter, PublishAnswer answer);
}
