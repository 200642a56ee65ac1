using Pusher.Router.Bus;
using Xunit;

namespace Pusher.Tests.Router.Bus;

public sealed class SubjectPatternTests
{
    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "b", false)]
    [InlineData("a.b", "a.b", true)]
    [InlineData("a.b", "a", false)]
    [InlineData("a", "a.b", false)]
    [InlineData("a.*", "a.b", true)]
    [InlineData("a.*", "a", false)]
    [InlineData("a.*", "a.b.c", false)]
    [InlineData("*.b", "a.b", true)]
    [InlineData("a.*.c", "a.b.c", true)]
    [InlineData("a.*.c", "a.b.d", false)]
    [InlineData("a.>", "a.b", true)]
    [InlineData("a.>", "a.b.c.d", true)]
    [InlineData("a.>", "a", false)]
    [InlineData(">", "a", true)]
    [InlineData(">", "a.b", true)]
    [InlineData("ab", "a", false)]
    [InlineData("a", "ab", false)]
    public void Matches_Table_AsNatsDoes(string pattern, string subject, bool expected)
        => Assert.Equal(expected, SubjectPattern.Matches(pattern, subject));

    [Theory]
    [InlineData("a.b", true, true)]
    [InlineData("a.*", false, true)]
    [InlineData("a.>", false, true)]
    [InlineData("a.>.b", false, false)]
    [InlineData("a..b", false, false)]
    [InlineData("", false, false)]
    [InlineData(".a", false, false)]
    [InlineData("a.", false, false)]
    [InlineData("a b", false, false)]
    [InlineData("a*", true, true)]
    public void IsSubject_Table(string text, bool isSubject, bool isPattern)
    {
        Assert.Equal(isSubject, SubjectPattern.IsSubject(text));
        Assert.Equal(isPattern, SubjectPattern.IsPattern(text));
    }
}
