using Pusher.Core.Identity;

namespace Pusher.Router.Routes;

/// <summary>One device's row of a <see cref="DeviceMap{TValue}"/>, locked from its opening to its disposal. One change per opening.</summary>
/// <typeparam name="TValue">What is kept per device.</typeparam>
public readonly ref struct DeviceRow<TValue>
    where TValue : struct
{
    private readonly DeviceStripe<TValue> _stripe;
    private readonly DeviceKey _device;
    private readonly uint _hash;
    private readonly int _entry;

    internal DeviceRow(DeviceStripe<TValue> stripe, in DeviceKey device, uint hash)
    {
        _stripe = stripe;
        _device = device;
        _hash = hash;
        stripe.Gate.Enter();
        _entry = stripe.Find(device, hash);
    }

    /// <summary>True when the device has a value.</summary>
    public bool Exists => _entry != DeviceStripe<TValue>.None;

    /// <summary>The device's value, to be read only; there must be one.</summary>
    public ref readonly TValue Value => ref _stripe.ValueOf(_entry);

    /// <summary>Gives the device a value, its first or another.</summary>
    public void Set(in TValue value)
    {
        if (Exists)
        {
            _stripe.ValueOf(_entry) = value;
        }
        else
        {
            _stripe.ValueOf(_stripe.Add(_device, _hash)) = value;
        }
    }

    /// <summary>Takes the device's value away; there must be one.</summary>
    public void Remove() => _stripe.Remove(_device, _hash);

    /// <summary>Lets the others go on. To be called once.</summary>
    public void Dispose() => _stripe.Gate.Exit();
}
