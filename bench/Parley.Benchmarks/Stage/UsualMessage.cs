using System.Buffers;
using System.Text;
using Parley.Protocol;
using Parley.Server.Delivery;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Benchmarks.Stage;

/// <summary>The dialect of a sender and of everybody else.</summary>
public enum Dialect
{
    Line,
    Json,
}

/// <summary>A message of 100 letters, as a client sends it and as a room's log holds it.</summary>
internal static class UsualMessage
{
    private const string Cid = "cid-0000123456";

    private static readonly byte[] Text = ClientBytes.Letters(100);

    /// <summary>The event that it becomes.</summary>
    public static StoredEvent Stored(Dialect dialect, long seq) =>
        new(seq, 1_700_000_000_000, MemoryStore.Ana.Name, EventKind.Message, dialect == Dialect.Json ? Encoding.UTF8.GetBytes(Cid) : default, Text);

    /// <summary>The client's frame.</summary>
    public static byte[] OfClient(Dialect dialect) => dialect == Dialect.Line
        ? ClientBytes.Message(Text)
        : ClientBytes.Message($$"""{"t":"send","id":12345,"room":"lobby","cid":"{{Cid}}","text":"{{Encoding.UTF8.GetString(Text)}}"}""");

    /// <summary>The payload of the frame in the log.</summary>
    public static byte[] InLog(Dialect dialect, long seq)
    {
        var payload = new ArrayBufferWriter<byte>();
        IEventEncoder encoder = dialect == Dialect.Line ? LineEncoder.Instance : JsonEncoder.Instance;
        encoder.Encode(MemoryStore.Lobby.Name, Stored(dialect, seq), payload);
        return payload.WrittenSpan.ToArray();
    }
}
