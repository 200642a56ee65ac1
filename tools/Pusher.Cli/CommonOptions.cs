using System.CommandLine;

namespace Pusher.Cli;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Write JSON, one object a line." };

    public static Option<Uri?> Http() => new("--http")
    {
        Description = "A node's HTTP address, http://host:port.",
        HelpName = "URL",
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0)
            {
                return uri;
            }

            result.AddError("--http must be http://host:port, without a secret in it.");
            return null;
        },
    };

    public static Option<FileInfo?> TokenFile() => new("--token-file")
    {
        Description = $"File whose first line is the bearer token; else {Secrets.TokenVariable}.",
        HelpName = "FILE",
    };
}
