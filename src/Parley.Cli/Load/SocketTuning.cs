using System.Net.Sockets;

namespace Parley.Cli.Load;

/// <summary>Socket options that only Linux has; without them a run is a little less true to life, or smaller.</summary>
internal static class SocketTuning
{
    private const int Ip = 0, IpBindAddressNoPort = 24;
    private const int Tcp = 6, TcpMaxSegment = 2, TcpInfo = 11;
    private const byte Established = 1;

    // What fits an Ethernet frame; over loopback one segment would be 64 KB.
    private const int EthernetSegment = 1_400;

    /// <summary>Whether the whole of 127.0.0.0/8 is this machine.</summary>
    public static bool CanSpreadSources => OperatingSystem.IsLinux();

    /// <summary>Has the port be chosen at the connect, when it need not be free for every other address.</summary>
    public static void ChoosePortLate(Socket socket) => Set(socket, Ip, IpBindAddressNoPort, 1);

    /// <summary>Has the other side send segments as over a network.</summary>
    public static void LimitSegment(Socket socket) => Set(socket, Tcp, TcpMaxSegment, EthernetSegment);

    /// <summary>Whether the other side has closed, found out without reading.</summary>
    public static bool HasEnded(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        Span<byte> info = stackalloc byte[8];
        return socket.GetRawSocketOption(Tcp, TcpInfo, info) > 0 && info[0] != Established;
    }

    /// <summary>A socket's error in words.</summary>
    public static string Describe(int error) => new SocketException(error).Message;

    private static void Set(Socket socket, int level, int option, int value)
    {
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(level, option, BitConverter.GetBytes(value));
        }
    }
}
