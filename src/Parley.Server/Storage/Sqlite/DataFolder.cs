using Parley.Protocol;

namespace Parley.Server.Storage.Sqlite;

/// <summary>
/// The folder of one server: <c>parley.db</c> and <c>parley.lock</c>. Whoever has this object is the folder's only server;
/// the lock ends with the process, however it ends, and the lock file stays.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    private readonly FileStream _lock;

    private DataFolder(FileStream @lock, string databaseFile)
    {
        _lock = @lock;
        DatabaseFile = databaseFile;
    }

    /// <summary>Full path of the database.</summary>
    public string DatabaseFile { get; }

    /// <summary>Path of the database in a data folder, there or not.</summary>
    public static string DatabaseIn(string folder) => Path.Combine(folder, "parley.db");

    /// <summary>Creates what is missing (folder 0700, files 0600; what exists keeps its mode) and takes the lock.</summary>
    /// <exception cref="StoreException">The folder cannot be written, or another server has it.</exception>
    public static DataFolder Open(string path)
    {
        var data = Lock(path);
        try
        {
            if (!File.Exists(data.DatabaseFile))
            {
                CreateForOwner(data.DatabaseFile);
            }

            return data;
        }
        catch (Exception e)
        {
            data.Dispose();
            if (e is IOException or UnauthorizedAccessException)
            {
                throw Unusable(path, e);
            }

            throw;
        }
    }

    /// <summary>The same without a database: the file may not exist.</summary>
    /// <exception cref="StoreException">The folder cannot be written, or another server has it.</exception>
    public static DataFolder Lock(string path)
    {
        try
        {
            var folder = Path.GetFullPath(path);
            CreateFolder(folder);
            return new DataFolder(TakeLock(folder), DatabaseIn(folder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, e);
        }
    }

    /// <summary>Creates an empty file that only its owner can read.</summary>
    /// <exception cref="IOException">It exists, or cannot be created.</exception>
    public static void CreateForOwner(string file) => new FileStream(file, ForOwner(FileMode.CreateNew, FileShare.Read)).Dispose();

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static StoreException Unusable(string path, Exception e) => new(
        ErrorCode.ReadOnly, $"The data folder {path} cannot be used: {e.Message} Choose another, or correct its owner and mode.", e);

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerFolder);
        }
    }

    private static FileStream TakeLock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "parley.lock"), ForOwner(FileMode.OpenOrCreate, FileShare.None));
        }
        catch (IOException e) when (IsSharingViolation(e))
        {
            throw new StoreException(
                ErrorCode.Busy, $"Another Parley server is using the data folder {folder}: stop it, or choose another folder.", e);
        }
    }

    private static FileStreamOptions ForOwner(FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerFile;
        }

        return options;
    }

    /// <summary>ERROR_SHARING_VIOLATION on Windows; EWOULDBLOCK of Linux and of macOS.</summary>
    private static bool IsSharingViolation(IOException e) => e.HResult is unchecked((int)0x80070020) or 11 or 35;
}
