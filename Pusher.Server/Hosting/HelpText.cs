using System.Text;

namespace Pusher.Server.Hosting;

/// <summary>What <c>--help</c> prints.</summary>
internal static class HelpText
{
    public static string Build()
    {
        var text = new StringBuilder();
        text.AppendLine("pusher-server: one node of Pusher.");
        text.AppendLine();
        text.AppendLine("usage: pusher-server [--config FILE] [--OPTION VALUE]...");
        text.AppendLine();
        text.AppendLine("Later places win: defaults, the file (one flat JSON object), the environment (PUSHER_SERVER_LISTEN), the command line.");
        text.AppendLine("When it is ready it prints one line: ready listen=ADDRESS http=ADDRESS node=NAME");
        text.AppendLine("Exit: 0 stopped by SIGTERM or Ctrl-C, 1 defect, 2 wrong option, 3 cannot start (port, data directory, credentials).");
        text.AppendLine();
        foreach (var option in OptionTable.All)
        {
            text.AppendLine($"  --{option.Name} <{option.Value}>  [{option.Default}]");
            text.AppendLine($"      {option.Help}");
        }

        return text.ToString();
    }
}
