using System.Text.Json;

namespace Parley.Faults.History;

/// <summary>What every run must keep, whatever fails.</summary>
public enum Invariant
{
    /// <summary>Every acked message is stored, bytes equal.</summary>
    I1,

    /// <summary>No cid is stored twice.</summary>
    I2,

    /// <summary>Every subscriber sees n, n+1, n+2 … on the wire.</summary>
    I3,

    /// <summary>Each sender's order is kept.</summary>
    I4,

    /// <summary>An unacked send is there once or not at all.</summary>
    I5,

    /// <summary>Nothing is invented.</summary>
    I6,

    /// <summary>Nobody receives from a room while not a member.</summary>
    I7,
}

/// <summary>An invariant was broken.</summary>
/// <param name="Invariant">Which.</param>
/// <param name="Evidence">What was seen, for people.</param>
public sealed record Violation(Invariant Invariant, string Evidence)
{
    /// <summary>A text as it appears in evidence: on one line, and not too long.</summary>
    public static string Quote(string? text) =>
        text is null ? "no text" : JsonSerializer.Serialize(text.Length <= 40 ? text : text[..40] + "…");

    public override string ToString() => $"{Invariant}: {Evidence}";
}
