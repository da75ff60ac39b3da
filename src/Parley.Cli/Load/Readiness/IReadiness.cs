using System.Net.Sockets;

namespace Parley.Cli.Load.Readiness;

/// <summary>Tells which of many sockets can be read or written. For one thread.</summary>
internal interface IReadiness : IDisposable
{
    /// <summary>Watches a socket: whether it can be read and, if wanted, whether it can be written.</summary>
    void Add(Socket socket, int client, bool write);

    /// <summary>Changes whether it is watched for writing.</summary>
    void Change(Socket socket, int client, bool write);

    /// <summary>Watches it no more.</summary>
    void Remove(Socket socket, int client);

    /// <summary>
    /// Waits until something is ready. Each <see cref="Ready.CanRead"/> may be told only once: whoever gets it reads until
    /// there is no more.
    /// </summary>
    /// <param name="ready">Filled from the start.</param>
    /// <param name="nanoseconds">The longest wait; 0 does not wait.</param>
    /// <returns>How many were filled in.</returns>
    int Wait(Span<Ready> ready, long nanoseconds);
}

/// <summary>A socket that is ready.</summary>
/// <param name="Client">The number given to <see cref="IReadiness.Add"/>.</param>
/// <param name="CanRead">There is something to read.</param>
/// <param name="CanWrite">There is room to write.</param>
/// <param name="Ended">The other side will send no more, or the connection broke.</param>
internal readonly record struct Ready(int Client, bool CanRead, bool CanWrite, bool Ended);
