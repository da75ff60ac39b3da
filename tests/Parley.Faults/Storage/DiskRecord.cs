using System.Text;

namespace Parley.Faults.Storage;

/// <summary>What a record of the shim's journal tells; the numbers are those of <c>shim.c</c>.</summary>
internal enum DiskDeed
{
    /// <summary>Bytes were written at an offset.</summary>
    Write = 1,

    /// <summary>The file got another length, the offset.</summary>
    Truncate,

    /// <summary>A sync begins: what was written up to here is meant by it.</summary>
    SyncBegin,

    /// <summary>It has succeeded.</summary>
    SyncEnd,

    /// <summary>A sync has failed.</summary>
    SyncFailed,

    /// <summary>The file was removed.</summary>
    Unlink,

    /// <summary>The file was renamed; the data is its new name.</summary>
    Rename,

    /// <summary>Bytes that hold an ack are about to be sent.</summary>
    Send,
}

/// <summary>One record of the shim's journal.</summary>
/// <param name="Deed">What was done.</param>
/// <param name="Name">To which file of the data folder; empty: to the folder.</param>
/// <param name="Offset">Where.</param>
/// <param name="Data">What was written.</param>
internal sealed record DiskRecord(DiskDeed Deed, string Name, long Offset, byte[] Data)
{
    /// <summary>Reads a journal. A record that its writer did not finish ends it.</summary>
    public static IEnumerable<DiskRecord> ReadAll(string journal)
    {
        using var reader = new BinaryReader(File.OpenRead(journal));
        var length = reader.BaseStream.Length;
        const int HeadLength = 24;
        while (length - reader.BaseStream.Position >= HeadLength)
        {
            var deed = (DiskDeed)reader.ReadUInt32();
            var nameLength = (int)reader.ReadUInt32();
            var offset = reader.ReadInt64();
            var dataLength = reader.ReadInt64();
            if (length - reader.BaseStream.Position < nameLength + dataLength)
            {
                yield break;
            }

            var name = Encoding.UTF8.GetString(reader.ReadBytes(nameLength));
            yield return new DiskRecord(deed, name, offset, reader.ReadBytes((int)dataLength));
        }
    }
}
