using Pusher.Router.Dispatch;
using Pusher.Server.Hosting;
using Xunit;

namespace Pusher.Tests.Regressions;

/// <summary>payload-max took sizes that the dispatcher refuses: the node ended with a stack trace instead of naming the option.</summary>
public sealed class PayloadLimitTests
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    [Fact]
    public void Read_PayloadMaxOverTheDispatchersLimit_NamesTheOption()
    {
        var error = Assert.Throws<OptionsException>(() => OptionsReader.Read(["--payload-max", "2m"], NoEnvironment));
        Assert.Contains("payload-max", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_LargestPayloadMax_SuitsTheDispatcher()
    {
        var options = OptionsReader.Read(["--payload-max", "1m"], NoEnvironment);
        new DispatchOptions { PayloadBytesMax = options.Session.PayloadBytesMax }.Validate();
    }
}
