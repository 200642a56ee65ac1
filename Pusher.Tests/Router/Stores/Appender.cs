using System.Text;
using Pusher.Core.Identity;
using Pusher.Router.Stores;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>Appends to stores by the real clock, each message with an id above those before it, whichever store they go to.</summary>
/// <param name="answerTime">How long a store may take to answer before the test fails: a hang shows. Null = 20 s.</param>
internal sealed class Appender(TimeSpan? answerTime = null)
{
    private readonly MessageIdGenerator _ids = new(TimeProvider.System, 1, 0);
    private readonly TimeSpan _answerTime = answerTime ?? TimeSpan.FromSeconds(20);

    public ulong NextId() => _ids.Next();

    /// <summary>A message that has not been given to a store yet.</summary>
    public TestAppend New(DeviceKey device, string? publisherId = null) => new()
    {
        Device = device,
        MessageId = NextId(),
        PublisherId = publisherId,
        Payload = Encoding.UTF8.GetBytes("order " + publisherId),
        AcceptedAtUnixMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
    };

    /// <summary>Appends a new message; returns it with the answer, whatever that is.</summary>
    public Task<TestAppend> AppendAsync(IMessageStore store, DeviceKey device, string? publisherId = null) => AppendAsync(store, New(device, publisherId));

    /// <summary>Appends this message; returns it with the answer, whatever that is.</summary>
    public async Task<TestAppend> AppendAsync(IMessageStore store, TestAppend append)
    {
        store.Append(append);
        return await append.Completed.WaitAsync(_answerTime, TestContext.Current.CancellationToken);
    }
}
