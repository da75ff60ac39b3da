namespace Parley.Server.WebSockets;

/// <summary>
/// Feeds a message to a <see cref="System.IO.Compression.DeflateStream"/> in pieces that show where the data ended.
/// </summary>
/// <remarks>
/// That stream tells neither where its data ended nor that it ended too early. But it asks for more only when it
/// has used up everything and is not finished; so the piece it asked for last is the piece in which it finished.
/// Two ends are good:
/// <list type="bullet">
/// <item>The message and the four bytes that its sender cut off (RFC 7692 §7.2.1) leave it between two blocks.
/// Then, and only then, the final empty block that we add last finishes it.</item>
/// <item>The sender marked its last block as final and padded with one zero byte (§7.2.3.4): the data ends in the
/// last byte but one, and the zero is the beginning of an empty block.</item>
/// </list>
/// </remarks>
internal sealed class CompressedSource(ReadOnlyMemory<byte> message) : Stream
{
    private static readonly byte[] CutOff = [0x00, 0x00, 0xFF, 0xFF];
    private static readonly byte[] FinalEmptyBlock = [0x01, 0x00, 0x00, 0xFF, 0xFF];

    private readonly int _body = Math.Max(0, message.Length - 2);
    private int _position;
    private int _pastMessage;
    private bool _exhausted;

    /// <summary>True if the data ended where a message may end. Ask once the inflater returns nothing more.</summary>
    public bool EndedCleanly => !_exhausted
        && (_pastMessage == 2 || (_pastMessage == 0 && _position == message.Length - 1 && message.Span[^1] == 0));

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ReadOnlySpan<byte> piece = Next(buffer.Length);
        piece.CopyTo(buffer);
        return piece.Length;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private ReadOnlySpan<byte> Next(int room)
    {
        if (_position < message.Length)
        {
            // The last two bytes go one by one, so that an end between them shows.
            int length = _position < _body ? Math.Min(room, _body - _position) : 1;
            _position += length;
            return message.Span.Slice(_position - length, length);
        }

        switch (_pastMessage++)
        {
            case 0:
                return CutOff;
            case 1:
                return FinalEmptyBlock;
            default:
                _exhausted = true;
                return [];
        }
    }
}
