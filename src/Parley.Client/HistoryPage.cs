using Parley.Protocol.Messages;

namespace Parley.Client;

/// <summary>A page of a room's past.</summary>
/// <param name="Items">Events, in order of seq.</param>
/// <param name="Covers">The seqs this page accounts for, also those without an item; null when it covers none.</param>
/// <param name="AsOf">The head up to which the page is folded.</param>
/// <param name="Floor">The oldest seq the server still holds.</param>
/// <param name="More">True: there is more in the asked direction.</param>
public sealed record HistoryPage(
    IReadOnlyList<HistoryItem> Items,
    SeqRange? Covers,
    long AsOf,
    long Floor,
    bool More);
