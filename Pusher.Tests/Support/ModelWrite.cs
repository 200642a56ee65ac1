namespace Pusher.Tests.Support;

/// <summary>A write on its way into the <see cref="ModelMessageStore"/>.</summary>
/// <param name="Apply">Puts it into the durable state.</param>
/// <param name="Complete">Answers the caller after the flush.</param>
/// <param name="Break">Answers the caller when nobody can tell whether it was applied.</param>
internal sealed record ModelWrite(Action Apply, Action? Complete = null, Action? Break = null);
