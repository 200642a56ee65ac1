using Xunit;

namespace Pusher.Tests.Faults;

/// <summary>Loads with faults run one after the other: two at once would measure each other.</summary>
[CollectionDefinition(Name)]
public sealed class FaultsDefinition
{
    public const string Name = "faults";
}
