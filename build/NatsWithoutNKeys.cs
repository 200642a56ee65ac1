using System.Reflection;
using System.Runtime.CompilerServices;
using NATS.Client.Core;

namespace Pusher.Nats;

/// <summary>
/// Logs in to NATS with and without the NATS.NKeys assembly. Compiled into each project that opens a NATS connection (build/Nats.props).
/// <para>
/// The client copies user, password and token into its CONNECT when it is constructed, and enters its signing code on
/// connect whenever any of them is set; that code cannot even be compiled by the JIT when NATS.NKeys is absent. So without NKeys the
/// options are emptied right after construction: the CONNECT still carries them, the signing code is never entered.
/// docs/adr/0005 has the story; tests log in to a real nats-server this way.
/// </para>
/// </summary>
internal static class NatsWithoutNKeys
{
    private const string NKeysAssembly = "NATS.NKeys";

    /// <summary>True when credentials files and nkeys can be used.</summary>
    public static readonly bool HasNKeys = Load();

    /// <summary>To be called between the construction of the connection and its first connect.</summary>
    public static void Seal(NatsAuthOpts auth, bool hasNKeys)
    {
        if (!hasNKeys)
        {
            SetUsername(auth, null);
            SetPassword(auth, null);
            SetToken(auth, null);
        }
    }

    private static bool Load()
    {
        try
        {
            Assembly.Load(NKeysAssembly);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Username")]
    private static extern void SetUsername(NatsAuthOpts auth, string? value);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Password")]
    private static extern void SetPassword(NatsAuthOpts auth, string? value);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Token")]
    private static extern void SetToken(NatsAuthOpts auth, string? value);
}
