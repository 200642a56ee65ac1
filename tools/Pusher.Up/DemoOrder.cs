using System.Globalization;

namespace Pusher.Up;

/// <summary>An order as text: <c>#17 2 x Margherita</c>.</summary>
internal static class DemoOrder
{
    private static readonly string[] Dishes = ["Margherita", "Quattro stagioni", "Tiramisu", "Espresso", "Minestrone", "Risotto"];

    public static string Text(int number)
        => string.Create(CultureInfo.InvariantCulture, $"#{number} {1 + (number % 3)} x {Dishes[number % Dishes.Length]}");

    public static int NumberIn(string text)
        => int.Parse(text.AsSpan(1, text.IndexOf(' ', StringComparison.Ordinal) - 1), CultureInfo.InvariantCulture);
}
