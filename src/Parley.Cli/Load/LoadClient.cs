using System.Net.Sockets;
using Parley.Cli.Load.Wire;

namespace Parley.Cli.Load;

/// <summary>One simulated user and its connection.</summary>
internal sealed class LoadClient(int index, LoadRole role, int voice)
{
    /// <summary>Its number.</summary>
    public int Index { get; } = index;

    /// <summary>What it does.</summary>
    public LoadRole Role { get; } = role;

    /// <summary>The number under which it sends; -1 if it never does.</summary>
    public int Voice { get; } = voice;

    /// <summary>Its socket, once it connects.</summary>
    public Socket? Socket { get; set; }

    /// <summary>How far the connection is.</summary>
    public LoadState State { get; set; }

    /// <summary>What came and was not yet whole.</summary>
    public byte[] Kept { get; set; } = [];

    /// <summary>How much of <see cref="Kept"/> is used.</summary>
    public int KeptLength { get; set; }

    /// <summary>What the socket did not take. Bounded: whoever has some sends no more messages.</summary>
    public byte[] Unsent { get; set; } = [];

    /// <summary>Messages got that were due.</summary>
    public long Got { get; set; }

    /// <summary>JSON dialect: the number that the next event must have; 0 while it is not known.</summary>
    public long NextSeq { get; set; }

    /// <summary>The frame for its messages, if it has a voice.</summary>
    public MessageFrame? Message { get; set; }

    /// <summary>JSON dialect: when the sends left that are not answered yet, by their numbers. Bounded by what is in flight.</summary>
    public Dictionary<long, long> Unanswered { get; } = [];

    /// <summary>When it is next due to send in the open loop.</summary>
    public long NextSendAt { get; set; }

    /// <summary>It can send now.</summary>
    public bool CanSend => State == LoadState.Ready && Unsent.Length == 0;

    /// <summary>Whether its messages are waited for.</summary>
    public bool IsReading { get; set; }
}

/// <summary>How far a connection is.</summary>
internal enum LoadState
{
    /// <summary>There is none.</summary>
    Closed,

    /// <summary>The TCP connection is being made.</summary>
    Connecting,

    /// <summary>The handshake was sent.</summary>
    Upgrading,

    /// <summary>It is a WebSocket; the user is not in the room yet.</summary>
    Entering,

    /// <summary>The user is in the room.</summary>
    Ready,
}
