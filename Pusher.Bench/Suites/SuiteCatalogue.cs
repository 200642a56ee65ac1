using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace Pusher.Bench.Suites;

/// <summary>The suites of this program.</summary>
internal static class SuiteCatalogue
{
    /// <summary>Every class with a benchmark in it, by name; without the one that needs a nats-server when there is none.</summary>
    public static Type[] Suites { get; } =
    [
        .. typeof(SuiteCatalogue).Assembly.GetTypes()
            .Where(type => type.GetMethods().Any(method => method.GetCustomAttribute<BenchmarkAttribute>() is not null))
            .Where(type => type != typeof(NatsSuite) || NatsSuite.Url is not null)
            .OrderBy(type => type.Name, StringComparer.Ordinal),
    ];
}
