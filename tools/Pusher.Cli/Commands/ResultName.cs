using System.CommandLine.Parsing;
using Pusher.Core.Protocol;

namespace Pusher.Cli.Commands;

/// <summary>Names of delivery results on the command line: <c>printed</c>, <c>out-of-paper</c>, …</summary>
internal static class ResultName
{
    public static DeliveryResult Parse(ArgumentResult argument)
    {
        var name = argument.Tokens[0].Value.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        if (!char.IsAsciiDigit(name.FirstOrDefault('0')) && Enum.TryParse<DeliveryResult>(name, ignoreCase: true, out var result))
        {
            return result;
        }

        argument.AddError($"--result must be one of: {string.Join(", ", Enum.GetNames<DeliveryResult>()).ToLowerInvariant()}.");
        return default;
    }
}
