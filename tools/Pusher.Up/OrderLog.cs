namespace Pusher.Up;

/// <summary>
/// What was promised and what arrived: counts by publisher id, from the publisher's and the devices' side alone. The number of
/// an order is its place in the order of publishing to its device.
/// </summary>
/// <remarks>Threading: any thread; one lock, for a few calls a second.</remarks>
internal sealed class OrderLog
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Device, int Number), int> _handed = [];
    private readonly HashSet<(string Device, int Number)> _accepted = [];
    private readonly Dictionary<string, int> _highest = [];
    private int _published;
    private int _outOfOrder;

    public void Published()
    {
        lock (_gate)
        {
            _published++;
        }
    }

    public void Accepted(string device, int number)
    {
        lock (_gate)
        {
            _accepted.Add((device, number));
        }
    }

    public void Handed(string device, int number)
    {
        lock (_gate)
        {
            _handed[(device, number)] = _handed.GetValueOrDefault((device, number)) + 1;
            if (number < _highest.GetValueOrDefault(device))
            {
                _outOfOrder++;
            }

            _highest[device] = Math.Max(number, _highest.GetValueOrDefault(device));
        }
    }

    /// <summary>Accepted and not handed over, by device.</summary>
    public IReadOnlyList<string> Missing()
    {
        lock (_gate)
        {
            return [.. _accepted
                .Where(order => !_handed.ContainsKey(order))
                .GroupBy(order => order.Device)
                .Select(orders => $"{orders.Key}: {string.Join(' ', orders.Select(order => $"#{order.Number}").Order())}")];
        }
    }

    public OrderCounts Count()
    {
        lock (_gate)
        {
            return new OrderCounts(
                _published,
                _accepted.Count,
                _handed.Count,
                _accepted.Count(order => !_handed.ContainsKey(order)),
                _handed.Values.Sum(times => times - 1),
                _outOfOrder);
        }
    }
}
