namespace Pusher.Client.Devices;

/// <summary>How hard a <see cref="FileDedupeRing"/> writes.</summary>
public enum RingFlush
{
    /// <summary>Through to the medium (fsync) before a message is handed over and before it is acknowledged: survives a power cut.</summary>
    Disk,

    /// <summary>To the operating system: survives the end of the process (kill -9), not a power cut. Spares worn flash.</summary>
    OperatingSystem,
}
