using System.Globalization;
using System.Text.Json;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Router.Dispatch;

/// <summary>Enumerations as JSON writes them: snake case; a number that is not known here stays a number.</summary>
public static class WireNames
{
    private static readonly Dictionary<MessageState, string> States = Make<MessageState>();
    private static readonly Dictionary<DeliveryResult, string> Results = Make<DeliveryResult>();

    /// <summary><c>pending</c>, <c>acked</c>, <c>done</c>, …</summary>
    public static string Of(MessageState state) => States.GetValueOrDefault(state) ?? ((int)state).ToString(CultureInfo.InvariantCulture);

    /// <summary><c>printed</c>, <c>out_of_paper</c>, …</summary>
    public static string Of(DeliveryResult result) => Results.GetValueOrDefault(result) ?? ((int)result).ToString(CultureInfo.InvariantCulture);

    private static Dictionary<T, string> Make<T>()
        where T : struct, Enum
        => Enum.GetValues<T>().ToDictionary(v => v, v => JsonNamingPolicy.SnakeCaseLower.ConvertName(v.ToString()));
}
