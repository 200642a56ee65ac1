using System.CommandLine;

namespace Pusher.Cli.Commands;

/// <summary>Whose devices: <c>--file</c>, or <c>--http</c> with the administrator's token.</summary>
internal sealed class KeysTarget
{
    public KeysTarget()
    {
        TokenFile.Description = $"With --http: file whose first line is the administrator's token (--admin-token-file of the nodes); else {Secrets.TokenVariable}.";
    }

    public Option<FileInfo?> File { get; } = new("--file") { Description = "The credentials file.", HelpName = "FILE" };

    public Option<Uri?> Http { get; } = CommonOptions.Http();

    public Option<FileInfo?> TokenFile { get; } = CommonOptions.TokenFile();

    /// <summary>The file's path; null when it is about a cluster.</summary>
    public string? ReadFile(ParseResult parsed)
    {
        var file = parsed.GetValue(File);
        return (file is null) == (parsed.GetValue(Http) is null)
            ? throw new CliException(ExitCode.Usage, "Give either --file, or --http for a cluster whose nodes run with --credentials redis.")
            : file?.FullName;
    }

    /// <summary>The way to a node of the cluster.</summary>
    public NodeAdmin Connect(ParseResult parsed)
        => new(
            parsed.GetValue(Http) ?? throw new CliException(ExitCode.Usage, "--http is missing: the address of a node of the cluster."),
            Secrets.Read(parsed.GetValue(TokenFile), Secrets.TokenVariable));
}
