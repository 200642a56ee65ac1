using Pusher.Router.Faults;

namespace Pusher.Server.Hosting;

/// <summary>Checks the fault switches of tests before a part reads them: a wrong one must end the start in words, not a reactor in an exception.</summary>
internal static class FaultSwitches
{
    /// <exception cref="OptionsException">One of them is set to what it does not know.</exception>
    public static void Check()
    {
        try
        {
            BreakageSwitch.Parse(Environment.GetEnvironmentVariable(BreakageSwitch.Variable));
            CrashPoint.Parse(Environment.GetEnvironmentVariable(CrashPoint.Variable), out _);
        }
        catch (FormatException e)
        {
            throw new OptionsException(e.Message, e);
        }
    }
}
