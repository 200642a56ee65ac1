using System.Buffers;
using System.Globalization;
using System.Text;
using Pusher.Core.Batches;
using Pusher.Core.Identity;
using Pusher.Router.Dispatch;

namespace Pusher.Bench.Suites.Parts;

/// <summary>NATS publishes with reply subjects as bytes, to be sent again and again with other publisher ids.</summary>
/// <param name="Bytes">What goes to nats-server.</param>
/// <param name="IdAt">Where the publisher id of each message stands, <see cref="IdDigits"/> digits.</param>
internal sealed record BackendGroup(byte[] Bytes, int[] IdAt)
{
    public const int IdDigits = 16;

    /// <summary>A publish for each device.</summary>
    public static BackendGroup Singles(IReadOnlyList<DeviceKey> devices, int payloadBytes)
    {
        var group = new StringBuilder();
        var idAt = new int[devices.Count];
        for (var i = 0; i < idAt.Length; i++)
        {
            const string Before = "NATS/1.0\r\nPusher-Id: ";
            const string After = "0000000000000000\r\n\r\n";
            var headers = Before.Length + After.Length;
            group.Append(CultureInfo.InvariantCulture, $"HPUB {PublishSubject.ForDevice(devices[i])} _INBOX.bench.{i:D6} {headers} {headers + payloadBytes}\r\n{Before}");
            idAt[i] = group.Length;
            group.Append(After).Append('x', payloadBytes).Append("\r\n");
        }

        return new BackendGroup(Encoding.ASCII.GetBytes(group.ToString()), idAt);
    }

    /// <summary>The same in batches of <paramref name="size"/>.</summary>
    public static BackendGroup Batches(IReadOnlyList<DeviceKey> devices, int payloadBytes, int size)
    {
        var group = new ArrayBufferWriter<byte>();
        var idAt = new List<int>();
        foreach (var chunk in devices.Chunk(size))
        {
            var body = new ArrayBufferWriter<byte>();
            BatchWriter.WriteHead(body, chunk.Length);
            var ids = new List<int>();
            foreach (var device in chunk)
            {
                ids.Add(body.WrittenCount + 1 + 1 + device.Device.Length + 1); // behind array, head and name of the device, head of the id
                BatchWriter.WriteEntry(body, new BatchEntry
                {
                    Device = Encoding.ASCII.GetBytes(device.Device),
                    PublisherId = "0000000000000000"u8,
                    HasPublisherId = true,
                    Payload = new byte[payloadBytes],
                    Qos = 1,
                });
            }

            var line = Encoding.ASCII.GetBytes(FormattableString.Invariant($"PUB {PublishSubject.ForBatch(chunk[0].Tenant)} _INBOX.bench.{idAt.Count:D6} {body.WrittenCount}\r\n"));
            idAt.AddRange(ids.Select(at => group.WrittenCount + line.Length + at));
            group.Write(line);
            group.Write(body.WrittenSpan);
            group.Write("\r\n"u8);
        }

        return new BackendGroup(group.WrittenSpan.ToArray(), [.. idAt]);
    }
}
