namespace Parley.Faults.Storage;

/// <summary>
/// What the disk holds of a folder, told from the shim's journal: each file at its last sync, each name at the last sync of
/// the folder; and at a cut, some of what was not synced.
/// </summary>
internal sealed class DiskImage
{
    private Dictionary<string, DiskFile> _names = [];
    private Dictionary<string, DiskFile> _durableNames = [];
    private Dictionary<string, DiskFile> _meantNames = [];

    /// <summary>Takes note of one record.</summary>
    /// <param name="record">In the order of the journal.</param>
    /// <param name="dice">Say what a failed sync has written.</param>
    public void Take(DiskRecord record, Random dice)
    {
        switch (record.Deed)
        {
            case DiskDeed.Write or DiskDeed.Truncate:
                FileOf(record.Name).Add(record);
                break;
            case DiskDeed.SyncBegin when record.Name.Length == 0:
                _meantNames = new(_names);
                break;
            case DiskDeed.SyncEnd when record.Name.Length == 0:
                _durableNames = _meantNames;
                break;
            case DiskDeed.SyncBegin:
                FileOf(record.Name).BeginSync();
                break;
            case DiskDeed.SyncEnd:
                FileOf(record.Name).EndSync();
                break;
            case DiskDeed.SyncFailed when record.Name.Length > 0:
                FileOf(record.Name).Drop(dice);
                break;
            case DiskDeed.Unlink:
                _names.Remove(record.Name);
                break;
            case DiskDeed.Rename when _names.Remove(record.Name, out var file):
                _names[System.Text.Encoding.UTF8.GetString(record.Data)] = file;
                break;
        }
    }

    /// <summary>The power is cut.</summary>
    /// <param name="dice">Say what of the unsynced is on the disk; null: nothing.</param>
    public void Cut(Random? dice)
    {
        var left = new Dictionary<string, DiskFile>();
        foreach (var name in _names.Keys.Union(_durableNames.Keys).Order(StringComparer.Ordinal))
        {
            // A name that was made or removed and not synced is there or not.
            var newest = _names.GetValueOrDefault(name);
            var synced = _durableNames.GetValueOrDefault(name);
            if ((newest == synced || dice?.Next(2) is null or 0 ? synced : newest) is { } file)
            {
                file.Drop(dice);
                left[name] = file;
            }
        }

        (_names, _durableNames) = (left, new(left));
    }

    /// <summary>Makes a folder hold these files, as after the power is back, and nothing else.</summary>
    public void WriteTo(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            File.Delete(file);
        }

        foreach (var (name, file) in _names)
        {
            File.WriteAllBytes(Path.Combine(folder, name), file.Content.Span);
        }
    }

    private DiskFile FileOf(string name)
    {
        if (!_names.TryGetValue(name, out var file))
        {
            _names[name] = file = new DiskFile();
        }

        return file;
    }
}
