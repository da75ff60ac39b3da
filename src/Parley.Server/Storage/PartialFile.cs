using System.Globalization;
using Parley.Protocol;
using Parley.Server.Storage.Sqlite;

namespace Parley.Server.Storage;

/// <summary>
/// A file while it is written, beside its later place: <c>NAME.partial-xxxxxxxx</c>, readable by its owner alone. It gets
/// its name only when it is whole, and is deleted if that never comes; only a kill leaves it behind.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private readonly string _place;

    /// <exception cref="StoreException">Something is at its later place already.</exception>
    /// <exception cref="IOException">It cannot be created.</exception>
    public PartialFile(string place, bool overwrite)
    {
        _place = System.IO.Path.GetFullPath(place);
        if (Directory.Exists(_place))
        {
            throw new StoreException(ErrorCode.Conflict, $"{_place} is a folder: name a file.");
        }

        if (!overwrite && File.Exists(_place))
        {
            throw new StoreException(ErrorCode.Conflict, $"{_place} exists: choose another name, or replace it with --force.");
        }

        Path = string.Create(CultureInfo.InvariantCulture, $"{_place}.partial-{Random.Shared.Next():x8}");
        DataFolder.CreateForOwner(Path);
    }

    /// <summary>Where it is now.</summary>
    public string Path { get; }

    /// <summary>Gives it its name.</summary>
    /// <exception cref="IOException">It cannot be moved, or something came to be there meanwhile.</exception>
    public void Keep(bool overwrite) => File.Move(Path, _place, overwrite);

    /// <summary>Gives it its name, and what had it another.</summary>
    /// <exception cref="IOException">It cannot be done, and nothing was.</exception>
    public void KeepAndSetAside(string aside) => File.Replace(Path, _place, aside);

    /// <inheritdoc/>
    public void Dispose() => File.Delete(Path);
}
