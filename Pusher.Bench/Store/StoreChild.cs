using System.Globalization;
using System.Text;
using Pusher.Core.Identity;
using Pusher.Router.Stores;
using Pusher.Router.Stores.Sqlite;

namespace Pusher.Bench.Store;

/// <summary>
/// A process for crash tests: appends messages 1, 2, 3, … (the number is publisher id and payload) round robin over the devices, keeps
/// some outstanding, acknowledges every third, and writes <c>ok N</c> or <c>failed N STATUS</c> to standard output before it goes on.
/// What a reader of the pipe has seen was answered; nothing is buffered here.
/// </summary>
internal static class StoreChild
{
    /// <summary>The tenant of all its devices, which are called <c>device-0</c>, <c>device-1</c>, …</summary>
    public const string Tenant = "crash";

    public static async Task<int> RunAsync(string[] arguments)
    {
        var directory = arguments[0];
        var options = new SqliteStoreOptions { DataDirectory = directory, QueueMessagesMax = 1_000_000, QueueBytesMax = long.MaxValue, FreeSpaceReserveBytes = 0, WalBytesTarget = 1 << 20 };
        await using var store = SqliteMessageStore.Open(options);
        await using var output = Console.OpenStandardOutput();
        var run = new Run(store, output, outstanding: 32, devices: 8);
        run.Start();
        await Task.Delay(Timeout.Infinite).ConfigureAwait(false);
        return 0;
    }

    private sealed class Run(IMessageStore store, Stream output, int outstanding, int devices)
    {
        private readonly MessageIdGenerator _ids = new(TimeProvider.System, 1, store.HighestMessageId);
        private long _number;

        public void Start()
        {
            for (var i = 0; i < outstanding; i++)
            {
                Send();
            }
        }

        public void Answered(Operation operation)
        {
            var line = operation.Status == AppendStatus.Stored ? $"ok {operation.PublisherId}\n" : $"failed {operation.PublisherId} {operation.Status}\n";
            output.Write(Encoding.ASCII.GetBytes(line));
            if (operation.Status == AppendStatus.Stored && operation.Seq % 3 == 0)
            {
                store.Acknowledge(operation.Device, operation.Stream, operation.Seq);
            }

            Send();
        }

        private void Send()
        {
            var number = Interlocked.Increment(ref _number);
            var text = number.ToString(CultureInfo.InvariantCulture);
            store.Append(new Operation(this)
            {
                Device = new DeviceKey(Tenant, string.Create(CultureInfo.InvariantCulture, $"device-{number % devices}")),
                MessageId = _ids.Next(),
                PublisherId = text,
                Payload = Encoding.ASCII.GetBytes(text),
                AcceptedAtUnixMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
            });
        }
    }

    private sealed class Operation(Run run) : AppendOperation
    {
        protected override void OnCompleted() => run.Answered(this);
    }
}
