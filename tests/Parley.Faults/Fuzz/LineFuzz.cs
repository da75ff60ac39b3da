using System.Text;
using Parley.Faults.InProcess;

namespace Parley.Faults.Fuzz;

/// <summary>The line dialect: whatever is typed, what others and the typist see holds nothing that a terminal would obey.</summary>
internal sealed class LineFuzz : IAsyncDisposable
{
    private const int CasesPerServer = 300;
    private const int CasesPerClient = 20;

    private ChatParts? _parts;
    private MemoryClient? _watcher;
    private MemoryClient? _client;
    private int _cases;

    public static IReadOnlyList<byte[]> Corpus { get; } = Array.ConvertAll(
        [
            "hello there", "/join garden", "/nick bob", "/who", "/last 10", "/me waves", "/help", "//etc/hosts", "/quit", "two\nlines\tand a tab",
            "مرحبا، كيف الحال؟", "emoji 👩‍👩‍👧‍👦 ❤️ 🏳️‍🌈", "e\u0301a\u0308 ñ 漢字 한국어", "\u202Eevil\u202C \u2066x\u2069", "\x1b]0;title\x07\x1b[2J", "/me \u200Bhidden",
        ],
        Encoding.UTF8.GetBytes);

    public static IReadOnlyList<byte[]> Tokens { get; } = Array.ConvertAll(
        [
            "/", "//", "/me ", "/join ", "/nick ", "/last ", "\n", "\t", "\r\n", "\x1b[", "\x1b]52;c;", "\x9b", "\u0085", "\x7f", "\u00AD", "\u061C", "\u180E", "\u200B", "\u200D", "\u200F", "\u2028", "\u202E",
            "\u2060", "\u2066", "\u206F", "\uFEFF", "\uFFF9", "\U000E0041", "\U0001BCA0", "\U0001D173", "\0", "999999999999", "-1", "é", "𝄞", "lobby", "garden", "* eve joined", ": ", " ",
        ],
        Encoding.UTF8.GetBytes);

    public async ValueTask CheckAsync(byte[] input)
    {
        input = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(input));
        if (_parts is null || _cases % CasesPerServer == 0)
        {
            await EndAsync();
            _parts = await ChatParts.StartAsync(o => o.Sends.PerSecond = 0);
            _watcher = await MemoryClient.LineAsync(_parts, null, "lobby");
        }

        if (_client is null || _client.IsClosing || _cases % CasesPerClient == 0)
        {
            Leave(ref _client);
            _client = await MemoryClient.LineAsync(_parts, _cases % 3 == 0 ? null : $"user{_cases}", "lobby");
        }

        _cases++;
        await _client.SayAsync(input);
    }

    public async ValueTask DisposeAsync() => await EndAsync();

    private async Task EndAsync()
    {
        if (_parts is not null)
        {
            await _parts.DisposeAsync();
            Assert.Empty(_parts.Logged);
            Leave(ref _client);
            Leave(ref _watcher);
            _parts = null;
        }
    }

    private static void Leave(ref MemoryClient? client)
    {
        foreach (var frame in client?.Sink.Frames ?? [])
        {
            if (frame.Opcode == 8)
            {
                Assert.Equal(1000, frame.CloseCode);
                continue;
            }

            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(frame.Payload);
            Assert.Null(SafeText.Complaint(text, boundMarks: false));
        }

        client?.Dispose();
        client = null;
    }
}
