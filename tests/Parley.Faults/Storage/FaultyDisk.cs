using System.IO.MemoryMappedFiles;
using Parley.Testing;

namespace Parley.Faults.Storage;

/// <summary>What an operation on the disk fails with; Linux's numbers.</summary>
internal enum DiskError
{
    /// <summary>The disk is broken, EIO.</summary>
    Broken = 5,

    /// <summary>The disk is full, ENOSPC.</summary>
    Full = 28,

    /// <summary>The kernel has made the file system read-only, EROFS.</summary>
    ReadOnly = 30,
}

/// <summary>The data folder of a server on a disk that fails and loses power, and the clock it sees, all by the shim.</summary>
internal sealed class FaultyDisk : IDisposable
{
    private const int ControlLength = 64; // struct control in shim.c: eight numbers of eight bytes.
    private const int WriteErrno = 0, SyncErrno = 8, Pass = 16, Times = 24, FailedSoFar = 32, ClockOffset = 40;

    private readonly TempFolder _data = new();
    private readonly TempFolder _own = new();
    private readonly MemoryMappedFile _control;
    private readonly MemoryMappedViewAccessor _numbers;
    private readonly Random _dice;
    private DiskImage _image = new();

    /// <param name="seed">Of what a cut leaves.</param>
    public FaultyDisk(int seed)
    {
        _dice = new Random(seed);
        var control = Path.Combine(_own.Path, "control");
        File.WriteAllBytes(control, new byte[ControlLength]);
        _control = MemoryMappedFile.CreateFromFile(control, FileMode.Open, mapName: null, ControlLength);
        _numbers = _control.CreateViewAccessor();
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = Shim.Library,
            ["SHIM_FOLDER"] = _data.Path,
            ["SHIM_JOURNAL"] = Journal,
            ["SHIM_CONTROL"] = control,
        };
    }

    /// <summary>The data folder.</summary>
    public string Data => _data.Path;

    /// <summary>What the server's process needs to be on this disk.</summary>
    public Dictionary<string, string> Environment { get; }

    /// <summary>Records of what was done since the last cut.</summary>
    public IEnumerable<DiskRecord> Records => File.Exists(Journal) ? DiskRecord.ReadAll(Journal) : [];

    /// <summary>How many operations have failed.</summary>
    public long Failed => _numbers.ReadInt64(FailedSoFar);

    private string Journal => Path.Combine(_own.Path, "journal");

    /// <summary>Lets operations fail from now on.</summary>
    /// <param name="error">With what.</param>
    /// <param name="syncs">Syncs; else writes.</param>
    /// <param name="pass">How many of them succeed before.</param>
    /// <param name="times">How many fail.</param>
    public void Fail(DiskError error, bool syncs, int pass, int times)
    {
        Heal();
        _numbers.Write(Pass, (long)pass);
        _numbers.Write(Times, (long)times);
        _numbers.Write(syncs ? SyncErrno : WriteErrno, (long)error);
    }

    /// <summary>From now on everything succeeds.</summary>
    public void Heal()
    {
        _numbers.Write(WriteErrno, 0L);
        _numbers.Write(SyncErrno, 0L);
        _numbers.Write(Times, 0L);
    }

    /// <summary>Sets the time of day that the server sees off from the true one.</summary>
    public void ShiftClock(TimeSpan by) => _numbers.Write(ClockOffset, by.Ticks * 100);

    /// <summary>
    /// What happened when the power was cut as the server was killed: the folder then holds what the disk held, each file as
    /// of its last sync, with some of what was written later.
    /// </summary>
    /// <param name="kind">False: nothing that was not synced survives.</param>
    public void Cut(bool kind = true)
    {
        foreach (var record in Records)
        {
            _image.Take(record, _dice);
        }

        File.Delete(Journal);
        _image.Cut(kind ? _dice : null);
        _image.WriteTo(Data);
    }

    public void Dispose()
    {
        _numbers.Dispose();
        _control.Dispose();
        _own.Dispose();
        _data.Dispose();
    }
}
