using System.Text;
using System.Text.Json;
using Parley.Client;
using Parley.Faults.InProcess;

namespace Parley.Faults.Fuzz;

/// <summary>What a client reads: whatever a server sends, it is a message or it is left alone.</summary>
internal static class ParserFuzz
{
    public static IReadOnlyList<byte[]> Corpus { get; } = [.. Expected().Distinct(StringComparer.Ordinal).Select(Encoding.UTF8.GetBytes)];

    public static IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. JsonFuzz.Tokens,
        .. Array.ConvertAll(
            ["\"t\":\"ev\",", "\"t\":\"ok\",", "\"t\":\"future\",", "\"code\":\"nobody_knows\",", "\"covers\":null,", "\"msgs\":[null],", "\"users\":[{}],", "\"seq\":1e3,", "\"dup\":1,"],
            Encoding.UTF8.GetBytes),
    ];

    public static ValueTask CheckAsync(byte[] input)
    {
        _ = MessageParser.Parse(input);
        return ValueTask.CompletedTask;
    }

    /// <summary>What the golden transcripts expect of a server; their placeholders are strings.</summary>
    private static IEnumerable<string> Expected()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "tests", "fixtures", "wire"), "*.json").Order(StringComparer.Ordinal))
        {
            using var transcript = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var step in transcript.RootElement.GetProperty("steps").EnumerateArray())
            {
                if (step.TryGetProperty("expect", out var expect))
                {
                    foreach (var one in expect.ValueKind == JsonValueKind.Array ? expect.EnumerateArray().ToArray() : [expect])
                    {
                        yield return one.GetRawText().Replace("\"$any\"", "1", StringComparison.Ordinal);
                    }
                }
            }
        }
    }
}
