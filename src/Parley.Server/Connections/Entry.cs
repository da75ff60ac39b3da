using System.Net;
using Parley.Server.Sessions;
using Parley.Server.WebSockets;

namespace Parley.Server.Connections;

/// <summary>What was decided about an upgrade.</summary>
/// <param name="Handshake">What was agreed on, or the refusal.</param>
/// <param name="Address">The address that holds a place; the place is given back when the connection has ended.</param>
/// <param name="Line">Who enters in the line dialect; null in the JSON dialect, where <c>hello</c> says it.</param>
/// <param name="Room">The room to enter in the line dialect.</param>
internal sealed record Entry(HandshakeResult Handshake, IPAddress Address, Participant? Line = null, string Room = "")
{
    /// <summary>What to answer instead of 101; null: come in.</summary>
    public HandshakeResult? Refusal => Handshake.IsAccepted ? null : Handshake;
}
