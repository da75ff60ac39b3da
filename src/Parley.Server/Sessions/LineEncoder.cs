using System.Buffers;
using System.Text;
using Parley.Protocol;
using Parley.Server.Delivery;
using Parley.Server.Storage;

namespace Parley.Server.Sessions;

/// <summary>Shows events as lines: <c>ana: hi</c>, <c>* bob joined</c>.</summary>
internal sealed class LineEncoder : IEventEncoder
{
    private LineEncoder()
    {
    }

    public static LineEncoder Instance { get; } = new();

    public int Index => 1;

    public void Encode(string room, in StoredEvent stored, IBufferWriter<byte> output)
    {
        switch (stored.Kind)
        {
            case EventKind.Message when stored.Text.Span.StartsWith("/me "u8):
                Write(output, "* ", stored.By, " ");
                PlainText.Write(output, stored.Text.Span[4..]);
                break;
            case EventKind.Message:
                Write(output, stored.By, ": ");
                PlainText.Write(output, stored.Text.Span);
                break;
            case EventKind.Join:
                Write(output, "* ", stored.By, " joined");
                break;
            case EventKind.Part:
                Write(output, "* ", stored.By, " left");
                break;
            case EventKind.Room when stored.Seq == 1:
                Write(output, "* ", stored.By, " created the room");
                break;
            default:
                break; // Kinds that a line cannot show.
        }
    }

    private static void Write(IBufferWriter<byte> output, params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
        {
            Encoding.UTF8.GetBytes(part, output);
        }
    }
}
