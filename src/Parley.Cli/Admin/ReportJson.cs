using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Parley.Server.Storage.Sqlite.Checks;

namespace Parley.Cli.Admin;

/// <summary>What was found in a database, as one JSON object. The keys are documented in docs/storage.md and stay.</summary>
internal static class ReportJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Default };

    /// <summary>The object, on one line.</summary>
    /// <param name="report">What was found.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <param name="more">Writes further fields.</param>
    public static string Write(VerifyReport report, TimeSpan elapsed, Action<Utf8JsonWriter>? more = null)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteBoolean("ok"u8, report.IsSound);
            json.WriteString("file"u8, report.File);
            more?.Invoke(json);
            json.WriteString("epoch"u8, report.Epoch);
            json.WriteNumber("events"u8, report.Events);
            json.WriteNumber("hashed"u8, report.Hashed);
            json.WriteNumber("bytes"u8, report.Bytes);
            json.WriteNumber("seconds"u8, Math.Round(elapsed.TotalSeconds, 3));
            WriteRooms(json, report.Rooms);
            json.WriteStartArray("problems"u8);
            foreach (var problem in report.Problems)
            {
                json.WriteStringValue(problem);
            }

            json.WriteEndArray();
            json.WriteNumber("problem_count"u8, report.ProblemCount);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void WriteRooms(Utf8JsonWriter json, IReadOnlyList<VerifiedRoom> rooms)
    {
        json.WriteStartArray("rooms"u8);
        foreach (var room in rooms)
        {
            json.WriteStartObject();
            json.WriteString("room"u8, room.Name);
            json.WriteNumber("floor"u8, room.Floor);
            json.WriteNumber("head"u8, room.Head);
            json.WriteString("hash"u8, room.Hash);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
