using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>How a row of <c>message</c> becomes a <see cref="MessageStatus"/>.</summary>
internal static class MessageStatusRow
{
    /// <summary>The columns in the order of <see cref="Read"/>; the message is <c>m</c>, its device <c>d</c>.</summary>
    public const string Select =
        """
        SELECT m.message_id, d.tenant, d.device, m.publisher_id, m.stream, m.seq, m.state, m.accepted_at, m.expires_at, m.ended_at, m.attempts, m.result, m.result_text
        FROM message m JOIN device d ON d.device_id = m.device_id
        """;

    /// <summary>Reads the row that <paramref name="row"/> stands on.</summary>
    public static MessageStatus Read(SqliteStatement row) => new()
    {
        MessageId = (ulong)row.Int64(0),
        Device = new DeviceKey(row.Text(1), row.Text(2)),
        PublisherId = row.IsNull(3) ? null : row.Text(3),
        Stream = (uint)row.Int64(4),
        Seq = (ulong)row.Int64(5),
        State = (MessageState)row.Int32(6),
        AcceptedAtUnixMs = row.Int64(7),
        ExpiresAtUnixMs = row.Int64(8),
        EndedAtUnixMs = row.Int64(9),
        Attempts = row.Int32(10),
        Result = row.IsNull(11) ? null : (DeliveryResult)row.Int32(11),
        ResultText = row.IsNull(12) ? null : row.Text(12),
    };
}
