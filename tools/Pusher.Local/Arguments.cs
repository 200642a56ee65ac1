using System.Globalization;

namespace Pusher.Local;

/// <summary>Reads a command line of <c>--name value</c> pairs and switches, one after the other.</summary>
public sealed class Arguments(IReadOnlyList<string> arguments)
{
    private int _next;

    /// <summary>The name being read.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Goes to the next name; false at the end.</summary>
    public bool MoveNext()
    {
        if (_next >= arguments.Count)
        {
            return false;
        }

        Name = arguments[_next++];
        return true;
    }

    /// <summary>All that is left.</summary>
    public IReadOnlyList<string> Rest()
    {
        var rest = arguments.Skip(_next).ToArray();
        _next = arguments.Count;
        return rest;
    }

    /// <exception cref="FormatException">There is none.</exception>
    public string Text() => _next < arguments.Count ? arguments[_next++] : throw new FormatException($"{Name} needs a value");

    /// <exception cref="FormatException">It is no whole number within the bounds.</exception>
    public int Number(int min, int max)
    {
        var value = Text();
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new FormatException($"{Name} takes a whole number from {min} to {max}, not '{value}'");
    }

    /// <summary>For a name that is not known.</summary>
    public FormatException Unknown() => new($"there is no option '{Name}'");
}
