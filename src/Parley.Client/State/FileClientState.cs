using System.Text.Json;
using Parley.Protocol;

namespace Parley.Client;

/// <summary>
/// Keeps the state in one JSON file of one account on one server, readable by its owner only (mode 0600).
/// </summary>
/// <remarks>
/// A change is written some time later together with those that follow (see the constructor), by writing a temporary
/// file and renaming it, so the file is always whole. A crash may lose the changes of that time. One process at a time:
/// of two, the last to write wins.
/// </remarks>
public sealed class FileClientState : IClientState, IAsyncDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly MemoryClientState memory = new();
    private readonly string path;
    private readonly TimeSpan every;
    private readonly ITimer timer;
    private readonly SemaphoreSlim writing = new(1);
    private long changes;
    private long written;
    private int armed;
    private bool disposed;

    /// <summary>Reads the file, if it exists. One that cannot be understood is set aside as <c>*.bad</c>.</summary>
    /// <param name="path">The file. Its folder is made if needed.</param>
    /// <param name="every">Longest time from a change to its write; 0 writes at once. Default 250 ms.</param>
    /// <param name="timeProvider">The clock. Default: the system's.</param>
    /// <exception cref="IOException">The file exists and cannot be read.</exception>
    public FileClientState(string path, TimeSpan? every = null, TimeProvider? timeProvider = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        this.path = Path.GetFullPath(path);
        this.every = every ?? TimeSpan.FromMilliseconds(250);
        ArgumentOutOfRangeException.ThrowIfLessThan(this.every, TimeSpan.Zero, nameof(every));
        Read();
        timer = (timeProvider ?? TimeProvider.System).CreateTimer(
            static state => ((FileClientState)state!).WriteInBackground(), // Never null: passed on the next line.
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>A file name in a folder for one account on one server.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="server">As in <see cref="ChatClientOptions.Server"/>.</param>
    /// <param name="account">User name, or any other word that tells accounts apart.</param>
    public static string PathFor(string folder, string server, string account)
    {
        var address = ServerAddress.Parse(server);
        return Path.Combine(folder, Uri.EscapeDataString($"{account}@{address.Host}_{address.Port}") + ".json");
    }

    /// <inheritdoc/>
    public SavedState Load() => memory.Load();

    /// <inheritdoc/>
    public void SetCursor(string room, Cursor cursor)
    {
        memory.SetCursor(room, cursor);
        Changed();
    }

    /// <inheritdoc/>
    public void RemoveCursor(string room)
    {
        memory.RemoveCursor(room);
        Changed();
    }

    /// <inheritdoc/>
    public void AddUnsent(UnsentMessage message)
    {
        memory.AddUnsent(message);
        Changed();
    }

    /// <inheritdoc/>
    public void RemoveUnsent(string cid)
    {
        memory.RemoveUnsent(cid);
        Changed();
    }

    /// <inheritdoc/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            Write();
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Writes what is not written yet.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        await timer.DisposeAsync();
        await FlushAsync();
        writing.Dispose();
    }

    private void Changed()
    {
        Interlocked.Increment(ref changes);
        if (Interlocked.Exchange(ref armed, 1) == 0)
        {
            timer.Change(every, Timeout.InfiniteTimeSpan);
        }
    }

    private void WriteInBackground()
    {
        Interlocked.Exchange(ref armed, 0);
        if (!writing.Wait(0))
        {
            Rearm();
            return;
        }

        try
        {
            Write();
        }
        catch (IOException)
        {
            // The next change, flush or dispose tries again; the last two report it.
        }
        finally
        {
            writing.Release();
        }
    }

    private void Rearm()
    {
        if (Interlocked.Exchange(ref armed, 1) == 0)
        {
            timer.Change(every, Timeout.InfiniteTimeSpan);
        }
    }

    private void Write()
    {
        var upTo = Interlocked.Read(ref changes);
        if (upTo == written)
        {
            return;
        }

        try
        {
            Replace(memory.Load());
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }

        written = upTo;
    }

    private void Replace(SavedState saved)
    {
        var file = new ClientStateFile
        {
            Cursors = saved.Cursors.ToDictionary(c => c.Key, c => c.Value.ToString(), StringComparer.Ordinal),
            Unsent = [.. saved.Unsent],
        };
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }

        var temporary = path + ".tmp";
        File.Delete(temporary);
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            how.UnixCreateMode = OwnerOnly;
        }

        using (var stream = new FileStream(temporary, how))
        {
            JsonSerializer.Serialize(stream, file, ClientStateJson.Default.ClientStateFile);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private void Read()
    {
        if (!File.Exists(path))
        {
            return;
        }

        try
        {
            using var stream = File.OpenRead(path);
            var file = JsonSerializer.Deserialize(stream, ClientStateJson.Default.ClientStateFile)
                ?? throw new JsonException("null");
            foreach (var (room, text) in file.Cursors)
            {
                if (Cursor.TryParse(text, out var cursor))
                {
                    memory.SetCursor(room, cursor);
                }
            }

            foreach (var message in file.Unsent)
            {
                memory.AddUnsent(message);
            }
        }
        catch (JsonException)
        {
            File.Move(path, path + ".bad", overwrite: true);
        }
    }
}
