using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>What the application did with a message; it travels to the publisher.</summary>
/// <param name="Result">The result.</param>
/// <param name="Text">A short text for people, cut to 128 bytes of UTF-8; null or empty = none.</param>
public readonly record struct HandlingResult(DeliveryResult Result, string? Text = null)
{
    /// <summary>Handled, nothing more to say. Is reported as a bare acknowledgement unless the publisher asked for a result.</summary>
    public static HandlingResult Ok => new(DeliveryResult.Ok);

    /// <summary>On paper.</summary>
    public static HandlingResult Printed => new(DeliveryResult.Printed);

    /// <summary>On a screen.</summary>
    public static HandlingResult Displayed => new(DeliveryResult.Displayed);
}
