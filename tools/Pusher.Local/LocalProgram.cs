namespace Pusher.Local;

/// <summary>Where programs are on this machine.</summary>
public static class LocalProgram
{
    /// <summary>The dotnet that runs this process, else the one on the path.</summary>
    public static string Dotnet
        => Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet";

    /// <summary>The path of a program, also from where Debian keeps servers; null when it is not installed.</summary>
    public static string? Find(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Append("/usr/sbin")
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    /// <summary>The same, or an exception that says how to get it.</summary>
    /// <exception cref="LocalStartException">It is not installed.</exception>
    public static string Need(string program)
        => Find(program) ?? throw new LocalStartException($"{program} is not installed (Debian: apt-get install {program})");
}
