namespace Pusher.Router.Bus;

/// <summary>
/// Subjects and their wildcards, as NATS has them: tokens divided by dots; <c>*</c> stands for one token,
/// <c>&gt;</c> as the last token for one or more.
/// </summary>
public static class SubjectPattern
{
    /// <summary>True when <paramref name="subject"/> is matched by <paramref name="pattern"/>.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> subject)
    {
        while (true)
        {
            var wanted = NextToken(ref pattern, out var patternGoesOn);
            if (wanted is ">")
            {
                return !subject.IsEmpty;
            }

            var token = NextToken(ref subject, out var subjectGoesOn);
            if (token.IsEmpty || (wanted is not "*" && !wanted.SequenceEqual(token)))
            {
                return false;
            }

            if (!patternGoesOn || !subjectGoesOn)
            {
                return patternGoesOn == subjectGoesOn;
            }
        }
    }

    /// <summary>True for a subject that may be published to: no empty token, no wildcard, no space.</summary>
    public static bool IsSubject(ReadOnlySpan<char> subject) => IsWellFormed(subject, wildcards: false);

    /// <summary>True for a subject that may be subscribed to; wildcards allowed, <c>&gt;</c> only at the end.</summary>
    public static bool IsPattern(ReadOnlySpan<char> pattern) => IsWellFormed(pattern, wildcards: true);

    private static bool IsWellFormed(ReadOnlySpan<char> text, bool wildcards)
    {
        var goesOn = true;
        while (goesOn)
        {
            var token = NextToken(ref text, out goesOn);
            var isWildcard = token is "*" or ">";
            if (token.IsEmpty || token.ContainsAny(" \t\r\n") || (isWildcard && !wildcards) || (token is ">" && goesOn))
            {
                return false;
            }
        }

        return true;
    }

    private static ReadOnlySpan<char> NextToken(ref ReadOnlySpan<char> rest, out bool goesOn)
    {
        var dot = rest.IndexOf('.');
        goesOn = dot >= 0;
        var token = goesOn ? rest[..dot] : rest;
        rest = goesOn ? rest[(dot + 1)..] : [];
        return token;
    }
}
