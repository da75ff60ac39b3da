using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Parley.Protocol;
using Parley.Server.Sessions;
using Parley.Server.Storage;
using Parley.Server.Storage.Sqlite;

namespace Parley.Server.Exports;

/// <summary>Writes logs as lines of JSON; the form is in docs/storage.md, "Exporting", and stays.</summary>
public static class LogExport
{
    private const int PageEvents = 500;
    private const int PageBytes = 256 * 1_024;

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Writes rooms one after the other: a line about the room, then its events up to the head that it had at the
    /// beginning, in the order of their seqs, as <c>ev</c> objects. A server may run. Memory: one page of events.
    /// </summary>
    /// <param name="dataFolder">The data folder, or a database itself.</param>
    /// <param name="rooms">Room ids, in the order wanted; empty: all rooms.</param>
    /// <param name="output">Where the lines go; stays open.</param>
    /// <param name="cancellationToken">Ends it early, after some line.</param>
    /// <exception cref="StoreException">There is no database, no such room, or the database cannot be read.</exception>
    /// <exception cref="IOException"><paramref name="output"/> takes no more.</exception>
    public static ExportReport Write(
        string dataFolder, IReadOnlyCollection<string> rooms, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rooms);
        ArgumentNullException.ThrowIfNull(output);
        using var database = StoredDatabase.Open(dataFolder);
        try
        {
            using var reader = new LogReader(database.Connection);
            var epoch = database.Connection.Scalar("SELECT value FROM meta WHERE key = 'epoch'") as string ?? "";
            var chosen = Choose(reader.Rooms(), rooms, database.File);

            // A log only grows, so no moment need be kept for as long as the output may take.
            database.EndMoment();
            var export = new Lines(output);
            foreach (var room in chosen)
            {
                export.Add(line => WriteRoom(room, epoch, line));
                WriteEvents(reader, room, export, cancellationToken);
            }

            export.Flush();
            return new ExportReport(chosen.Count, export.Count - chosen.Count);
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Explain(e, database.File);
        }
    }

    /// <summary>The same into a file, which gets its name when it is whole.</summary>
    /// <param name="dataFolder">The data folder, or a database itself.</param>
    /// <param name="rooms">Room ids, in the order wanted; empty: all rooms.</param>
    /// <param name="file">Where it goes.</param>
    /// <param name="overwrite">Whether a file there may be replaced.</param>
    /// <param name="cancellationToken">Ends it early; there is no file then.</param>
    /// <exception cref="StoreException">There is no database, no such room, the place is taken, or the database cannot be read.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static ExportReport WriteFile(
        string dataFolder, IReadOnlyCollection<string> rooms, string file, bool overwrite, CancellationToken cancellationToken = default)
    {
        using var partial = new PartialFile(file, overwrite);
        ExportReport report;
        using (var output = new FileStream(partial.Path, FileMode.Truncate))
        {
            report = Write(dataFolder, rooms, output, cancellationToken);
            output.Flush(flushToDisk: true);
        }

        partial.Keep(overwrite);
        return report;
    }

    private static List<RoomRow> Choose(List<RoomRow> all, IReadOnlyCollection<string> wanted, string file)
    {
        if (wanted.Count == 0)
        {
            return [.. all.OrderBy(static room => room.Name, StringComparer.Ordinal)];
        }

        return [.. wanted.Distinct(StringComparer.Ordinal).Select(name => all.Find(room => room.Name == name)
            ?? throw new StoreException(ErrorCode.NotFound, $"{file} has no room {name}: parley verify --json lists its rooms."))];
    }

    private static void WriteEvents(LogReader reader, RoomRow room, Lines export, CancellationToken cancellationToken)
    {
        for (var seq = room.Floor - 1; seq < room.Head;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = reader.After(room.Id, seq, (int)Math.Min(PageEvents, room.Head - seq), PageBytes);
            if (page.Count == 0)
            {
                throw new StoreException(ErrorCode.Internal, $"{room.Name} has no event after {seq}, and its head is {room.Head}: see parley verify.");
            }

            foreach (var stored in page)
            {
                export.Add(line => JsonEncoder.Instance.Encode(room.Name, stored, line));
            }

            seq = page[^1].Seq;
        }
    }

    private static void WriteRoom(RoomRow room, string epoch, IBufferWriter<byte> line)
    {
        using var json = new Utf8JsonWriter(line, Json);
        json.WriteStartObject();
        json.WriteString("t"u8, "room"u8);
        json.WriteString("room"u8, room.Name);
        json.WriteString("name"u8, room.Title);
        json.WriteString("kind"u8, room.Kind);
        json.WriteNumber("floor"u8, room.Floor);
        json.WriteNumber("head"u8, room.Head);
        json.WriteString("epoch"u8, epoch);
        json.WriteEndObject();
    }

    /// <summary>Gathers lines and writes them together.</summary>
    private sealed class Lines(Stream output)
    {
        private readonly ArrayBufferWriter<byte> _buffer = new(2 * PageBytes);

        /// <summary>Lines so far.</summary>
        public long Count { get; private set; }

        public void Add(Action<IBufferWriter<byte>> write)
        {
            write(_buffer);
            _buffer.Write("\n"u8);
            Count++;
            if (_buffer.WrittenCount >= PageBytes)
            {
                Flush();
            }
        }

        public void Flush()
        {
            output.Write(_buffer.WrittenSpan);
            output.Flush();
            _buffer.ResetWrittenCount();
        }
    }
}

/// <summary>What was exported.</summary>
/// <param name="Rooms">Rooms.</param>
/// <param name="Events">Their events.</param>
public sealed record ExportReport(int Rooms, long Events);
