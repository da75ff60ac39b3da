using System.Buffers.Binary;
using System.Text;
using Parley.Protocol;

namespace Parley.Server.WebSockets;

/// <summary>The payload of a close frame: nothing, or a 16-bit code and a reason in UTF-8 (RFC 6455 §5.5.1).</summary>
internal static class ClosePayload
{
    /// <summary>True for a code that a peer may send (RFC 6455 §7.4; 1012 to 1014 are of IANA's registry).</summary>
    public static bool IsSendable(int code) => code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);

    /// <summary>Judges as much of a payload as has arrived.</summary>
    /// <param name="arrived">The payload's beginning, unmasked.</param>
    /// <param name="whole">True when nothing more of it will come.</param>
    /// <returns>0, or the code to fail with: <see cref="CloseCode.ProtocolError"/>, <see cref="CloseCode.InvalidPayload"/>.</returns>
    public static int Judge(ReadOnlySpan<byte> arrived, bool whole)
    {
        if (arrived.Length < 2)
        {
            return whole && arrived.Length == 1 ? CloseCode.ProtocolError : 0;
        }

        if (!IsSendable(BinaryPrimitives.ReadUInt16BigEndian(arrived)))
        {
            return CloseCode.ProtocolError;
        }

        Utf8Validator reason = default;
        return reason.TryAppend(arrived[2..]) && (reason.IsComplete || !whole) ? 0 : CloseCode.InvalidPayload;
    }

    /// <summary>Reads a payload that was judged to be good.</summary>
    /// <returns>The code, <see cref="CloseCode.NoStatus"/> when there is none, and the reason, perhaps empty.</returns>
    public static (int Code, string Reason) Read(ReadOnlySpan<byte> payload) => payload.IsEmpty
        ? (CloseCode.NoStatus, "")
        : (BinaryPrimitives.ReadUInt16BigEndian(payload), Encoding.UTF8.GetString(payload[2..]));
}
