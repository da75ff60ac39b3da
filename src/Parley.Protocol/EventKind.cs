namespace Parley.Protocol;

/// <summary>Values of <c>ev.k</c>. A client ignores those it does not know, but counts their seq.</summary>
public static class EventKind
{
    /// <summary>A message: <c>text</c>.</summary>
    public const string Message = "msg";

    /// <summary>A user became a member.</summary>
    public const string Join = "join";

    /// <summary>A member left.</summary>
    public const string Part = "part";

    /// <summary>The room was created, renamed or given a topic.</summary>
    public const string Room = "room";
}
