using Parley.Protocol.Messages;

namespace Parley.Client;

/// <summary>A page of a room's members.</summary>
/// <param name="Members">In order of name.</param>
/// <param name="Count">How many members the room has in all.</param>
/// <param name="More">True: there is a next page.</param>
public sealed record MemberPage(IReadOnlyList<Member> Members, int Count, bool More);
