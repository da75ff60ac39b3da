using System.Text.Json;

namespace Parley.Cli.Load.Wire;

/// <summary>What load looks at in a JSON object of the server, whatever it is about.</summary>
internal ref struct JsonAnswer
{
    /// <summary>Field <c>t</c>.</summary>
    public string Kind { get; private set; }

    /// <summary>Field <c>re</c>; 0 if there is none.</summary>
    public long Re { get; private set; }

    /// <summary>Field <c>room</c>.</summary>
    public string Room { get; private set; }

    /// <summary>Field <c>seq</c>.</summary>
    public long Seq { get; private set; }

    /// <summary>Field <c>head</c>.</summary>
    public long Head { get; private set; }

    /// <summary>Field <c>code</c>, if it is a text.</summary>
    public string Code { get; private set; }

    /// <summary>Field <c>msg</c> or <c>reason</c>.</summary>
    public string Reason { get; private set; }

    /// <summary>Field <c>text</c>, still with its escapes.</summary>
    public ReadOnlySpan<byte> Text { get; private set; }

    /// <summary>Reads an object.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static JsonAnswer Read(ReadOnlySpan<byte> json)
    {
        var answer = new JsonAnswer { Kind = "", Room = "", Code = "", Reason = "" };
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            answer.ReadField(ref reader);
        }

        return answer;
    }

    private void ReadField(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("t"u8))
        {
            Kind = ReadString(ref reader);
        }
        else if (reader.ValueTextEquals("re"u8))
        {
            Re = ReadNumber(ref reader);
        }
        else if (reader.ValueTextEquals("room"u8))
        {
            Room = ReadString(ref reader);
        }
        else if (reader.ValueTextEquals("seq"u8))
        {
            Seq = ReadNumber(ref reader);
        }
        else if (reader.ValueTextEquals("head"u8))
        {
            Head = ReadNumber(ref reader);
        }
        else if (reader.ValueTextEquals("code"u8))
        {
            Code = ReadString(ref reader);
        }
        else if (reader.ValueTextEquals("msg"u8) || reader.ValueTextEquals("reason"u8))
        {
            Reason = ReadString(ref reader);
        }
        else if (reader.ValueTextEquals("text"u8))
        {
            reader.Read();
            Text = reader.ValueSpan;
        }
        else
        {
            reader.Skip();
        }
    }

    private static string ReadString(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString() ?? "";
        }

        reader.Skip();
        return "";
    }

    private static long ReadNumber(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number))
        {
            return number;
        }

        reader.Skip();
        return 0;
    }
}
