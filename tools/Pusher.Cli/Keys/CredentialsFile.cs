using System.Text;
using Pusher.Core.Credentials;

namespace Pusher.Cli.Keys;

/// <summary>
/// Edits a credentials file so that a server which reads it at any moment, or a power cut, finds the old or the new one, whole:
/// written beside it, flushed, renamed over it. A lock file beside it keeps two edits from losing one.
/// </summary>
internal sealed class CredentialsFile(string path)
{
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The file as it is.</summary>
    public CredentialsDocument Read()
    {
        try
        {
            return CredentialsDocument.Parse(File.ReadAllText(path));
        }
        catch (FileNotFoundException)
        {
            throw new CliException(ExitCode.Failed, $"The credentials file '{path}' does not exist; 'pusher keys add' makes it.");
        }
        catch (CredentialsFormatException e)
        {
            throw new CliException(ExitCode.Failed, $"{path}: {e.Message}");
        }
    }

    /// <summary>Changes the file; a missing one begins empty. Nothing is written when <paramref name="change"/> throws.</summary>
    public async Task EditAsync(Action<CredentialsDocument> change, CancellationToken cancel)
    {
        using var _ = await LockAsync(cancel).ConfigureAwait(false);
        var document = File.Exists(path) ? Read() : CredentialsDocument.Empty();
        change(document);
        Replace(document.ToString());
    }

    private void Replace(string text)
    {
        var temporary = path + ".new";
        PrivateFile.Write(temporary, FileMode.Create, Encoding.UTF8.GetBytes(text), like: path);
        File.Move(temporary, path, overwrite: true);
    }

    private async Task<FileStream> LockAsync(CancellationToken cancel)
    {
        var until = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (TimeProvider.System.GetElapsedTime(until) < LockTimeout && Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
            {
                await Task.Delay(20, cancel).ConfigureAwait(false); // another edit is at it
            }
        }
    }
}
