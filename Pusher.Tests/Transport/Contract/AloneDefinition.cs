using Xunit;

namespace Pusher.Tests.Transport.Contract;

/// <summary>Tests that look at the whole process run when no other does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneDefinition
{
    public const string Name = "alone";
}
