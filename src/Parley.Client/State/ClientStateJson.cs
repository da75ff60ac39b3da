using System.Text.Json.Serialization;

namespace Parley.Client;

/// <summary>The file of a <see cref="FileClientState"/>.</summary>
internal sealed record ClientStateFile
{
    /// <summary>Layout of the file.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Room id to cursor in its text form.</summary>
    public Dictionary<string, string> Cursors { get; init; } = [];

    /// <summary>Messages not known to be stored, in order.</summary>
    public List<UnsentMessage> Unsent { get; init; } = [];
}

/// <summary>Source-generated JSON of the state file.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(ClientStateFile))]
internal sealed partial class ClientStateJson : JsonSerializerContext;
