namespace Pusher.Torture.Faults;

/// <summary>One fault as it happened; times are milliseconds from the begin of the load.</summary>
/// <param name="Kind">What.</param>
/// <param name="Target">To whom.</param>
/// <param name="FromMs">When it began.</param>
/// <param name="ToMs">When all was put right again.</param>
/// <param name="Note">More about it.</param>
internal sealed record FaultDone(FaultKind Kind, string Target, long FromMs, long ToMs, string Note)
{
    public override string ToString()
        => $"{FromMs / 1000.0,7:0.0} s  {FaultKinds.NameOf(Kind),-6} {Target,-12} until {ToMs / 1000.0:0.0} s  {Note}".TrimEnd();
}
