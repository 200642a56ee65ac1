using System.Collections.Concurrent;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>A few threads that answer questions, so that a caller never waits on the disk and a storm of logins cannot start a thread each.</summary>
/// <remarks>Threading: <see cref="Ask{T}"/> from any thread; each reader lives on its own thread.</remarks>
internal sealed class ReadPool : IDisposable
{
    // Twice the connections that one node admits at a time; more waiting questions mean that the disk does not keep up.
    private const int QuestionsMax = 20_000;

    private readonly BlockingCollection<StoreQuestion> _questions = new(QuestionsMax);
    private readonly List<Thread> _threads = [];
    private readonly string _path;

    public ReadPool(SqliteStoreOptions options)
    {
        _path = options.FilePath;
        var readers = new List<StoreReader>();
        for (var i = 0; i < options.ReaderCount; i++)
        {
            readers.Add(new StoreReader(options)); // before any thread starts: a failure to open is the constructor's
        }

        foreach (var reader in readers)
        {
            var thread = new Thread(() => Run(reader)) { Name = $"store reader {_threads.Count}", IsBackground = true };
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <summary>Answers a question on one of the threads.</summary>
    public Task<T> Ask<T>(Func<StoreReader, T> question, CancellationToken cancellationToken)
    {
        var asked = new StoreQuestion<T>(question, _path, cancellationToken);
        Ask(asked);
        return asked.Answer;
    }

    /// <summary>Answers a question on one of the threads, or says here that it cannot be answered.</summary>
    public void Ask(StoreQuestion asked)
    {
        try
        {
            if (!_questions.TryAdd(asked))
            {
                asked.Fail(new StoreUnavailableException($"The message store {_path} has {QuestionsMax} reads waiting; its disk does not keep up."));
            }
        }
        catch (InvalidOperationException)
        {
            asked.Fail(new StoreUnavailableException($"The message store {_path} is closed."));
        }
    }

    /// <summary>Answers what is asked and ends the threads.</summary>
    public void Dispose()
    {
        _questions.CompleteAdding();
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _questions.Dispose();
    }

    private void Run(StoreReader reader)
    {
        using (reader)
        {
            foreach (var question in _questions.GetConsumingEnumerable())
            {
                question.Run(reader);
            }
        }
    }
}
