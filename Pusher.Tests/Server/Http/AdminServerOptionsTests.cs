using Pusher.Server.Http;
using Xunit;

namespace Pusher.Tests.Server.Http;

public sealed class AdminServerOptionsTests
{
    [Theory]
    [InlineData("0.0.0.0", null, "--http-token-file is not set")]
    [InlineData("192.0.2.1", null, "--http-token-file is not set")]
    [InlineData("::", null, "--http-token-file is not set")]
    [InlineData("127.0.0.1", "", "shorter")]
    [InlineData("127.0.0.1", "short", "shorter")]
    [InlineData("0.0.0.0", "changeme-changeme-changeme", "sample")]
    [InlineData("127.0.0.1", "aaaaaaaaaaaaaaaaaaaaaaaa", "sample")]
    [InlineData("127.0.0.1", "Zq8vR2mW5t Yb7nKd", "ASCII")]
    [InlineData("example.com", "Zq8vR2mW5tYb7nKdPl", "--http:")]
    public void Validate_Unsafe_RefusedWithReasonAndWithoutTheToken(string address, string? token, string part)
    {
        var error = Assert.Throws<ArgumentException>(() => new AdminServerOptions { Address = address, Token = token }.Validate());
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Contains("option --http", error.Message, StringComparison.Ordinal);
        if (token is { Length: > 5 })
        {
            Assert.DoesNotContain(token, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("127.0.0.1", null, false)]
    [InlineData("localhost", null, false)]
    [InlineData("::1", null, false)]
    [InlineData("0.0.0.0", "Zq8vR2mW5tYb7nKdPl", false)]
    [InlineData("0.0.0.0", null, true)]
    [InlineData("0.0.0.0", "short", true)]
    public void Validate_Safe_Passes(string address, string? token, bool insecureDev)
        => Assert.NotNull(new AdminServerOptions { Address = address, Token = token, InsecureDev = insecureDev }.Validate());
}
