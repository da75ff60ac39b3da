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

    /// <summary>Full path of the database; the file exists, but may be empty.</summary>
    public string DatabaseFile { get; }

    /// <summary>Creates what is missing (folder 0700, files 0600; what exists keeps its mode) and takes the lock.</summary>
    /// <exception cref="StoreException">The folder cannot be written, or another server has it.</exception>
    public static DataFolder Open(string path)
    {
        try
        {
            var folder = Path.GetFullPath(path);
            CreateFolder(folder);
            var @lock = TakeLock(folder);
            try
            {
                var databaseFile = Path.Combine(folder, "parley.db");
                if (!File.Exists(databaseFile))
                {
                    new FileStream(databaseFile, ForOwner(FileMode.CreateNew, FileShare.Read)).Dispose();
                }

                return new DataFolder(@lock, databaseFile);
            }
            catch
            {
                @lock.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                ErrorCode.ReadOnly, $"The data folder {path} cannot be used: {e.Message} Choose another, or correct its owner and mode.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

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
