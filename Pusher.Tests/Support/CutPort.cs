using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Pusher.Tests.Support;

/// <summary>A cut wire: the kernel drops everything to and from one port of the loopback, and nobody is told. Needs root and nft; the test is skipped, visibly, without.</summary>
public sealed class CutPort : IAsyncDisposable
{
    private readonly string _table;

    private CutPort(string table) => _table = table;

    public static async Task<CutPort> CutAsync(int port)
    {
        var cut = new CutPort(string.Create(CultureInfo.InvariantCulture, $"pusher_test_{port}"));
        var rules = $"table inet {cut._table} {{ chain in {{ type filter hook input priority 0; iif lo tcp dport {port} drop; iif lo tcp sport {port} drop; }}; }}";
        var reason = await RunAsync(rules);
        Assert.SkipWhen(reason is not null, $"nft may not drop packets here ({reason}); the test has shown nothing.");
        return cut;
    }

    public async ValueTask DisposeAsync() => Assert.Null(await RunAsync($"delete table inet {_table}"));

    // Null when it worked.
    private static async Task<string?> RunAsync(string rules)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("nft", [rules]) { RedirectStandardError = true })!;
            var errors = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? null : errors.Trim();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
