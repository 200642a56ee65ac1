namespace Pusher.Core.Sessions;

/// <summary>What the sessions of one thread share: what is granted to them, and the memory of logins that are not under way.</summary>
/// <remarks>Threading: that of its sessions.</remarks>
/// <param name="options">What devices are granted.</param>
public sealed class SessionContext(SessionOptions options)
{
    // More logins at one time than this leave garbage; each costs some 170 bytes.
    private const int SpareLoginsMax = 256;

    private readonly Stack<LoginAttempt> _spareLogins = new();

    /// <summary>What devices are granted.</summary>
    public SessionOptions Options { get; } = options;

    internal LoginAttempt RentLogin() => _spareLogins.TryPop(out var login) ? login : new LoginAttempt();

    /// <summary>Takes a login back that nobody refers to any more. It must not keep a device's key for longer than it has to.</summary>
    internal void ReturnLogin(LoginAttempt login)
    {
        login.Clear();
        if (_spareLogins.Count < SpareLoginsMax)
        {
            _spareLogins.Push(login);
        }
    }
}
