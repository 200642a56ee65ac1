namespace Pusher.Server.Hosting;

/// <summary>Secrets come from files, never from the command line: the first line, without its end.</summary>
internal static class SecretFile
{
    /// <summary>The secret, or null when no file is given.</summary>
    /// <exception cref="OptionsException">The file cannot be read or is empty; the message names the option, not the content.</exception>
    public static string? Read(string? file, string option)
    {
        if (file is null)
        {
            return null;
        }

        try
        {
            var secret = File.ReadLines(file).FirstOrDefault()?.Trim();
            return string.IsNullOrEmpty(secret)
                ? throw new OptionsException($"option --{option}: the first line of {file} is empty; a token needs at least 16 characters (openssl rand -hex 24)")
                : secret;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OptionsException($"option --{option}: {file} cannot be read: {e.Message}", e);
        }
    }
}
