using Parley.Cli.Load.Wire;

namespace Parley.Cli.Load;

/// <summary>How simulated users speak and understand.</summary>
internal interface ILoadDialect
{
    /// <summary>The handshake's path, query and subprotocol for a client.</summary>
    byte[] Request(LoadClient client);

    /// <summary>The frames that a client sends once it is connected; empty if none.</summary>
    byte[] Greeting(LoadClient client);

    /// <summary>The frame for a client's messages.</summary>
    MessageFrame Message(LoadClient client);

    /// <summary>Takes the payload of a frame that came. Hot path.</summary>
    /// <returns>Why the client cannot go on; null if it can.</returns>
    string? Receive(LoadClient client, ReadOnlySpan<byte> payload, long now);
}
