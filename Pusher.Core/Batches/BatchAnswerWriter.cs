using System.Buffers;
using System.Text.Unicode;

namespace Pusher.Core.Batches;

/// <summary>Writes the answer to a batch: the head, then a result for each entry in the order of the entries. The whole is at most <see cref="BatchFormat.AnswerBytesMax"/>.</summary>
public struct BatchAnswerWriter
{
    private readonly IBufferWriter<byte> _output;
    private int _errorBytes;

    /// <summary>Begins an answer.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="status">As in <see cref="BatchResult.Status"/>: 0 = each entry has its own, else what became of the batch as a whole.</param>
    /// <param name="error">A sentence for a person; null = none.</param>
    /// <param name="results">How many results follow.</param>
    public BatchAnswerWriter(IBufferWriter<byte> output, byte status, string? error, int results)
    {
        _output = output;
        var pack = new PackWriter(output.GetSpan(BatchFormat.HeadBytesMax + BatchFormat.ErrorTextBytesMax + PackWriter.HeadBytesMax));
        pack.WriteArray(4);
        pack.Write(BatchFormat.Version);
        pack.Write(status);
        WriteError(ref pack, error);
        pack.WriteArray(results);
        output.Advance(pack.Length);
    }

    /// <summary>Writes the next result; its text is <paramref name="error"/>, not that in <paramref name="result"/>.</summary>
    public void Write(in BatchResult result, string? error)
    {
        var pack = new PackWriter(_output.GetSpan((BatchFormat.ResultElements * PackWriter.HeadBytesMax) + BatchFormat.ErrorTextBytesMax));
        pack.WriteArray(BatchFormat.ResultElements);
        pack.Write(result.Status);
        pack.Write(result.MessageId);
        pack.Write(result.Stream);
        pack.Write(result.Seq);
        pack.Write(result.IsDuplicate);
        pack.Write(result.MayRetry);
        pack.WriteOrNil(result.QueueDepth >= 0 ? result.QueueDepth : null);
        if (result.Online is { } online)
        {
            pack.Write(online);
        }
        else
        {
            pack.WriteNil();
        }

        pack.WriteOrNil(result.Reached);
        WriteError(ref pack, error);
        _output.Advance(pack.Length);
    }

    private void WriteError(scoped ref PackWriter pack, string? error)
    {
        if (error is null || _errorBytes >= BatchFormat.ErrorBytesMax)
        {
            pack.WriteNil();
            return;
        }

        Span<byte> text = stackalloc byte[BatchFormat.ErrorTextBytesMax];
        Utf8.FromUtf16(error, text, out _, out var length); // what is too long is cut between characters
        pack.WriteText(text[..length]);
        _errorBytes += length;
    }
}
