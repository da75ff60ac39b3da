using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Parley.Cli.Load.Wire;

/// <summary>What a close frame says.</summary>
internal static class CloseReason
{
    /// <summary>In words.</summary>
    public static string Describe(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 2)
        {
            return "the server closed";
        }

        var code = BinaryPrimitives.ReadUInt16BigEndian(payload).ToString(CultureInfo.InvariantCulture);
        var reason = Encoding.UTF8.GetString(payload[2..]);
        return reason.Length == 0 ? $"the server closed with {code}" : $"the server closed with {code}: {reason}";
    }
}
