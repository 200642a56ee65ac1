using System.Text;

namespace Pusher.Router.Cluster;

/// <summary>
/// The strings of names that arrive as bytes, so that the names of devices in use are not made anew with each entry. Of two names that fall on one place
/// the later stays.
/// </summary>
/// <remarks>Threading: any thread; two threads that race make a string too many.</remarks>
internal sealed class NameTable
{
    private const int Places = 16_384; // 128 KiB; a power of two

    private readonly string?[] _names = new string?[Places];

    /// <param name="name">ASCII.</param>
    public string Get(ReadOnlySpan<byte> name)
    {
        var hash = default(HashCode);
        hash.AddBytes(name);
        ref var place = ref _names[hash.ToHashCode() & (Places - 1)];
        if (Volatile.Read(ref place) is { } known && Ascii.Equals(name, known))
        {
            return known;
        }

        var made = Encoding.ASCII.GetString(name);
        Volatile.Write(ref place, made);
        return made;
    }
}
