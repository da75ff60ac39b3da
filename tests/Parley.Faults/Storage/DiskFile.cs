namespace Parley.Faults.Storage;

/// <summary>A file as the disk holds it, and what has been written since its last sync.</summary>
internal sealed class DiskFile
{
    private const int Sector = 512; // What a disk writes whole or not at all.

    private readonly List<DiskRecord> _pending = [];
    private byte[] _durable = [];
    private int _length;
    private int _meant;

    /// <summary>What the disk holds.</summary>
    public ReadOnlyMemory<byte> Content => _durable.AsMemory(0, _length);

    /// <summary>A write or a truncation, not synced yet.</summary>
    public void Add(DiskRecord record) => _pending.Add(record);

    /// <summary>A sync begins.</summary>
    public void BeginSync() => _meant = _pending.Count;

    /// <summary>It has succeeded: what was written before it began is durable.</summary>
    public void EndSync()
    {
        foreach (var record in _pending.Take(_meant))
        {
            Apply(record, static () => true);
        }

        _pending.RemoveRange(0, _meant);
        _meant = 0;
    }

    /// <summary>
    /// The power is cut, or a sync has failed: some of what was not synced is on the disk, whatever the dice say, and the
    /// rest will never be. After a failed sync the kernel takes its pages for clean: no later sync writes them.
    /// </summary>
    /// <param name="dice">Null: nothing of it is on the disk.</param>
    public void Drop(Random? dice)
    {
        if (dice is not null)
        {
            DropSome(dice);
        }

        _pending.Clear();
        _meant = 0;
    }

    private void DropSome(Random dice)
    {
        var count = _pending.Count;
        var edge = dice.Next(count + 1);
        switch (dice.Next(6))
        {
            case 0: // Everything is lost.
                break;
            case 1: // The disk was quick.
                Keep(_pending, static () => true);
                break;
            case 2: // Sectors in any order.
                Keep(_pending, () => dice.Next(2) == 0);
                break;
            case 3: // The last writes, but not those before.
                Keep(_pending[edge..], static () => true);
                break;
            case 4: // Whole writes in any order.
                Keep([.. _pending.Where(_ => dice.Next(2) == 0)], static () => true);
                break;
            default: // In order, and the last one torn.
                Keep(_pending[..edge], static () => true);
                Keep(_pending[edge..Math.Min(edge + 1, count)], () => dice.Next(2) == 0);
                break;
        }
    }

    private void Keep(List<DiskRecord> records, Func<bool> isKept)
    {
        foreach (var record in records)
        {
            Apply(record, isKept);
        }
    }

    private void Apply(DiskRecord record, Func<bool> isKept)
    {
        if (record.Deed == DiskDeed.Truncate)
        {
            if (isKept())
            {
                SetLength((int)record.Offset);
            }

            return;
        }

        for (var at = 0; at < record.Data.Length;)
        {
            var place = record.Offset + at;
            var length = (int)Math.Min(record.Data.Length - at, Sector - (place % Sector));
            if (isKept())
            {
                SetLength(Math.Max(_length, (int)place + length));
                record.Data.AsSpan(at, length).CopyTo(_durable.AsSpan((int)place));
            }

            at += length;
        }
    }

    private void SetLength(int length)
    {
        if (length > _durable.Length)
        {
            Array.Resize(ref _durable, Math.Max(length, 2 * _durable.Length));
        }

        if (length < _length)
        {
            _durable.AsSpan(length.._length).Clear(); // What grows again is zero.
        }

        _length = length;
    }
}
