using System.Buffers.Binary;
using System.Text;

namespace Parley.Faults.Network;

/// <summary>Finds the WebSocket frames in what passes in one direction, behind the head of the HTTP handshake.</summary>
internal sealed class WireScanner
{
    private byte[] _bytes = new byte[4 * 1024];
    private int _count;
    private bool _headPassed;

    /// <summary>Whether what passed so far ends inside a frame, or inside the head.</summary>
    public bool IsInside => _count > 0 || !_headPassed;

    /// <summary>Takes bytes that pass.</summary>
    /// <returns>The payloads of the text frames that they complete. Masks are taken off; fragments are not joined, as neither end sends any.</returns>
    public IReadOnlyList<string> Take(ReadOnlySpan<byte> bytes)
    {
        if (_count + bytes.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _count + bytes.Length));
        }

        bytes.CopyTo(_bytes.AsSpan(_count));
        _count += bytes.Length;
        var start = _headPassed ? 0 : PassHead();
        var texts = new List<string>();
        while (_headPassed && TryTake(start, out var length, out var text))
        {
            start += length;
            if (text is not null)
            {
                texts.Add(text);
            }
        }

        _bytes.AsSpan(start, _count - start).CopyTo(_bytes);
        _count -= start;
        return texts;
    }

    private int PassHead()
    {
        var end = _bytes.AsSpan(0, _count).IndexOf("\r\n\r\n"u8);
        _headPassed = end >= 0;
        return _headPassed ? end + 4 : 0;
    }

    private bool TryTake(int start, out int length, out string? text)
    {
        var bytes = _bytes.AsSpan(start, _count - start);
        (length, text) = (0, null);
        if (bytes.Length < 2)
        {
            return false;
        }

        var masked = (bytes[1] & 0x80) != 0;
        var extended = (bytes[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 };
        var header = 2 + extended + (masked ? 4 : 0);
        if (bytes.Length < header)
        {
            return false;
        }

        var payload = extended switch
        {
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            8 => (int)BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
            _ => bytes[1] & 0x7F,
        };
        length = header + payload;
        if (bytes.Length < length)
        {
            return false;
        }

        if ((bytes[0] & 0x0F) == 1)
        {
            text = masked ? Unmask(bytes[(header - 4)..header], bytes[header..length]) : Encoding.UTF8.GetString(bytes[header..length]);
        }

        return true;
    }

    private static string Unmask(ReadOnlySpan<byte> mask, ReadOnlySpan<byte> payload)
    {
        var plain = new byte[payload.Length];
        for (var i = 0; i < plain.Length; i++)
        {
            plain[i] = (byte)(payload[i] ^ mask[i & 3]);
        }

        return Encoding.UTF8.GetString(plain);
    }
}
