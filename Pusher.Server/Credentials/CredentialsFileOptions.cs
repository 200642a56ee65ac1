namespace Pusher.Server.Credentials;

/// <summary>Where the devices' keys are and how they are watched.</summary>
public sealed record CredentialsFileOptions
{
    /// <summary>The file; see <see cref="Core.Credentials.CredentialsLine"/> for its grammar. It must exist at start.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// How often the file is looked at besides the file system's own notice, milliseconds: notices get lost on network mounts and
    /// when a file is replaced. More lets a revoked device stay longer.
    /// </summary>
    public int PollIntervalMs { get; init; } = 2_000;
}
