using System.Collections.Concurrent;
using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>Asks the questions of logins, and keeps those that are answered for the next ones.</summary>
/// <remarks>Threading: any thread.</remarks>
/// <param name="readers">Who answers them.</param>
/// <param name="path">The file, for messages about it.</param>
/// <param name="change">What a login that changes something does in the writer.</param>
internal sealed class OpenQuestions(ReadPool readers, string path, Func<DeviceKey, ReadOnlyMemory<StreamPosition>, CancellationToken, Task<DeviceOpened>> change)
{
    // More logins under way at one time than this leave garbage; each costs some 200 bytes.
    private const int SparesMax = 512;

    private readonly ConcurrentQueue<OpenQuestion> _spares = new();

    public ValueTask<DeviceOpened> Ask(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, CancellationToken cancellationToken)
    {
        var question = _spares.TryDequeue(out var spare) ? spare : new OpenQuestion(this, path);
        question.Begin(device, seen, cancellationToken);
        var answer = question.Answer; // before it is asked: once answered it may be somebody else's
        readers.Ask(question);
        return answer;
    }

    public Task<DeviceOpened> ChangeAsync(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, CancellationToken cancellationToken)
        => change(device, seen, cancellationToken);

    public void GiveBack(OpenQuestion question)
    {
        if (_spares.Count < SparesMax)
        {
            _spares.Enqueue(question);
        }
    }
}
