using Parley.Protocol;

namespace Parley.Server.WebSockets;

/// <summary>
/// Turns the bytes of a client into messages and control frames, and fails at the first byte that breaks a rule
/// of RFC 6455 §5 or one of our limits. Knows nothing of sockets or time; not safe for use by two threads.
/// </summary>
/// <remarks>
/// A message that lies in one frame and whole in the input is unmasked in place and handed out without a copy.
/// Anything else is gathered in a rented buffer that grows with what arrives, never with what was announced.
/// </remarks>
internal sealed class FrameReader(FrameReaderOptions options) : IDisposable
{
    private FrameHeader _header;
    private ulong _taken;
    private byte[]? _control;

    private Opcode _message;
    private bool _compressed;
    private int _fragments;
    private Utf8Validator _utf8;
    private RentedBuffer _gathered;
    private RentedBuffer _inflated;
    private bool _ended;

    /// <summary>
    /// Largest message, in bytes. May be changed at any time (16 KiB before <c>hello</c>, 64 KiB after); it holds
    /// from the next frame on.
    /// </summary>
    public int MaxMessageBytes { get; set; } = options.MaxMessageBytes;

    /// <summary>The message, ping or pong that was found. Valid until the next <see cref="Read"/> or <see cref="Release"/>.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <summary>After <see cref="FrameStatus.Close"/>: the peer's code, <see cref="CloseCode.NoStatus"/> if it gave none.</summary>
    public int CloseCode { get; private set; }

    /// <summary>After <see cref="FrameStatus.Close"/>: the peer's reason, perhaps empty.</summary>
    public string CloseReason { get; private set; } = "";

    /// <summary>After <see cref="FrameStatus.Failed"/>: 1002, 1003, 1007, 1008 or 1009, to close with; else 0.</summary>
    public int FailureCode { get; private set; }

    /// <summary>After <see cref="FrameStatus.Failed"/>: a few words for the peer. Never holds bytes of the peer.</summary>
    public string FailureReason { get; private set; } = "";

    /// <summary>
    /// True while something has begun and is not whole: a message between its fragments, or a frame of any kind
    /// in its middle. The caller times this.
    /// </summary>
    public bool IsMidMessage => !_ended && (_message != Opcode.Continuation || _header.Next != HeaderPart.Opcode);

    /// <summary>Reads until one thing is whole or the input is used up. Hot path.</summary>
    /// <param name="input">What arrived. Payload in it is unmasked in place.</param>
    /// <param name="consumed">
    /// The bytes used; all of them with <see cref="FrameStatus.NeedMore"/>. After any other status call again with the rest.
    /// </param>
    public FrameStatus Read(Memory<byte> input, out int consumed)
    {
        Release();
        if (_ended)
        {
            // RFC 6455 §1.4: what follows a close is discarded; so is what follows a fault.
            consumed = input.Length;
            return FailureCode != 0 ? FrameStatus.Failed : FrameStatus.NeedMore;
        }

        consumed = 0;
        FrameStatus status;
        do
        {
            status = ReadFrame(input, ref consumed);
        }
        while (status == FrameStatus.NeedMore && consumed < input.Length);

        return status;
    }

    /// <summary>
    /// Gives back the memory behind <see cref="Payload"/>. <see cref="Read"/> does so too; call this before waiting
    /// for more input, so that an idle connection holds no buffer. A message in progress is kept.
    /// </summary>
    public void Release()
    {
        Payload = default;
        _inflated.Release();
        if (_message == Opcode.Continuation)
        {
            _gathered.Release();
        }
    }

    /// <summary>Ends reading and gives back all memory. May be called twice.</summary>
    public void Dispose()
    {
        _ended = true;
        _message = Opcode.Continuation;
        Release();
    }

    private FrameStatus ReadFrame(Memory<byte> input, ref int offset)
    {
        ReadOnlySpan<byte> bytes = input.Span;
        while (_header.Next != HeaderPart.Payload)
        {
            if (offset == bytes.Length)
            {
                return FrameStatus.NeedMore;
            }

            HeaderPart part = _header.Next;
            if (_header.Take(bytes[offset++]) is { } rule)
            {
                return Fail(Protocol.CloseCode.ProtocolError, rule);
            }

            if (part == HeaderPart.Opcode && !AdmitsOpcode())
            {
                return FrameStatus.Failed;
            }

            if (part < HeaderPart.Mask && _header.Next == HeaderPart.Mask && !AdmitsLength())
            {
                return FrameStatus.Failed;
            }
        }

        int length = (int)Math.Min(_header.Length - _taken, (ulong)(input.Length - offset));
        Memory<byte> payload = input.Slice(offset, length);
        FrameMask.Apply(payload.Span, _header.Mask, (int)(_taken & 3));
        offset += length;
        _taken += (ulong)length;
        return _header.IsControl ? TakeControl(payload) : TakeMessage(payload);
    }

    // The rules of the first byte that depend on the frames before it (RFC 6455 §5.4, RFC 7692 §6).
    private bool AdmitsOpcode()
    {
        Opcode opcode = _header.Opcode;
        bool begins = opcode is Opcode.Text or Opcode.Binary;
        if (_header.Rsv1 && !(begins && options.Deflate))
        {
            return Refuse(Protocol.CloseCode.ProtocolError, "reserved bit set");
        }

        if (_header.IsControl)
        {
            return true;
        }

        if (begins == (_message != Opcode.Continuation))
        {
            return Refuse(Protocol.CloseCode.ProtocolError, begins ? "new message inside a message" : "continuation of no message");
        }

        if (opcode == Opcode.Binary && !options.AllowBinary)
        {
            return Refuse(Protocol.CloseCode.UnsupportedFrame, "binary messages are not understood");
        }

        if (begins)
        {
            (_message, _compressed, _fragments, _utf8) = (opcode, _header.Rsv1, 0, default);
        }

        return options.MaxFragments == 0 || ++_fragments <= options.MaxFragments
            || Refuse(Protocol.CloseCode.PolicyViolation, "too many fragments");
    }

    private bool AdmitsLength()
    {
        if (_header.IsControl)
        {
            return _header.Opcode != Opcode.Close || _header.Length != 1
                || Refuse(Protocol.CloseCode.ProtocolError, "close frame with half a code");
        }

        return _header.Length <= (ulong)Math.Max(0, MaxMessageBytes - _gathered.Count)
            || Refuse(Protocol.CloseCode.TooBig, "message too big");
    }

    private FrameStatus TakeControl(Memory<byte> arrived)
    {
        bool whole = _taken == _header.Length;
        if (arrived.Length < (int)_taken || !whole)
        {
            _control ??= new byte[FrameWriter.MaxControlPayload];
            arrived.CopyTo(_control.AsMemory((int)_taken - arrived.Length));
            arrived = _control.AsMemory(0, (int)_taken);
        }

        if (_header.Opcode == Opcode.Close && ClosePayload.Judge(arrived.Span, whole) is var fault and not 0)
        {
            return Fail(fault, fault == Protocol.CloseCode.InvalidPayload ? "close reason is not UTF-8" : "invalid close code");
        }

        if (!whole)
        {
            return FrameStatus.NeedMore;
        }

        Opcode opcode = _header.Opcode;
        EndFrame();
        if (opcode == Opcode.Close)
        {
            (CloseCode, CloseReason) = ClosePayload.Read(arrived.Span);
            Dispose();
        }

        Payload = arrived;
        return opcode switch
        {
            Opcode.Ping => FrameStatus.Ping,
            Opcode.Pong => FrameStatus.Pong,
            _ => FrameStatus.Close,
        };
    }

    private FrameStatus TakeMessage(Memory<byte> arrived)
    {
        if (_message == Opcode.Text && !_compressed && !_utf8.TryAppend(arrived.Span))
        {
            return Fail(Protocol.CloseCode.InvalidPayload, "text is not UTF-8");
        }

        bool ends = _taken == _header.Length && _header.Fin;
        if (!ends || _gathered.Count > 0)
        {
            _gathered.Append(arrived.Span);
            arrived = _gathered.Written;
        }

        if (_taken == _header.Length)
        {
            EndFrame();
        }

        return ends ? EndMessage(arrived) : FrameStatus.NeedMore;
    }

    private FrameStatus EndMessage(ReadOnlyMemory<byte> message)
    {
        if (_compressed)
        {
            switch (MessageInflater.Inflate(message, MaxMessageBytes, _message == Opcode.Text, ref _inflated))
            {
                case InflateOutcome.TooBig:
                    return Fail(Protocol.CloseCode.TooBig, "message too big when inflated");
                case InflateOutcome.Broken:
                    return Fail(Protocol.CloseCode.InvalidPayload, "message does not inflate");
                case InflateOutcome.NotText:
                    return Fail(Protocol.CloseCode.InvalidPayload, "text is not UTF-8");
                default:
                    _gathered.Release();
                    message = _inflated.Written;
                    break;
            }
        }
        else if (!_utf8.IsComplete)
        {
            return Fail(Protocol.CloseCode.InvalidPayload, "text ends inside a character");
        }

        FrameStatus status = _message == Opcode.Text ? FrameStatus.Text : FrameStatus.Binary;
        _message = Opcode.Continuation;
        Payload = message;
        return status;
    }

    private void EndFrame() => (_header, _taken) = (default, 0);

    private FrameStatus Fail(int code, string reason)
    {
        (FailureCode, FailureReason) = (code, reason);
        Dispose();
        return FrameStatus.Failed;
    }

    private bool Refuse(int code, string reason)
    {
        Fail(code, reason);
        return false;
    }
}
