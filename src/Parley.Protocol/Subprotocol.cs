namespace Parley.Protocol;

/// <summary>Names offered in <c>Sec-WebSocket-Protocol</c>.</summary>
public static class Subprotocol
{
    /// <summary>The JSON dialect, version 1.</summary>
    public const string Json = "parley.v1.json";

    /// <summary>The line dialect, version 1; also what a client gets that offers no subprotocol.</summary>
    public const string Text = "parley.v1.text";
}
