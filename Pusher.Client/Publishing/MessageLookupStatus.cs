namespace Pusher.Client.Publishing;

/// <summary>How the question for a message was answered.</summary>
public enum MessageLookupStatus
{
    /// <summary>The state follows.</summary>
    Found,

    /// <summary>No such message, or it was forgotten after its time.</summary>
    NotFound,

    /// <summary>The token is missing or wrong.</summary>
    Unauthorized,

    /// <summary>The id is none.</summary>
    BadRequest,
}
