using System.Globalization;
using System.Net;

namespace Parley.Cli.Load;

/// <summary>What the processes of a server on this machine use, from Linux's <c>/proc</c>.</summary>
internal sealed class ServerProcess
{
    private const string Listening = "0A";

    // Of the kernel's times in /proc, on every architecture that .NET runs on.
    private const double TicksPerSecond = 100;

    private readonly int[] _roots;

    private ServerProcess(int[] roots) => _roots = roots;

    /// <summary>Finds the server.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="pid">Its process; 0 for whoever listens on the port.</param>
    /// <returns>Null if it is not on this machine, or cannot be seen.</returns>
    public static ServerProcess? Find(IPEndPoint address, int pid)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        if (pid > 0)
        {
            return new([pid]);
        }

        if (!IPAddress.IsLoopback(address.Address))
        {
            return null;
        }

        var sockets = ListenersOn(address.Port);
        int[] owners = sockets.Count == 0 ? [] : [.. Processes().Where(process => HoldsAny(process, sockets))];
        return owners.Length == 0 ? null : new(owners);
    }

    /// <summary>Reads what they and their children have used so far.</summary>
    public ServerUsage Read()
    {
        HashSet<int> all = [];
        foreach (var root in _roots)
        {
            AddTree(root, all);
        }

        double seconds = 0;
        long bytes = 0;
        foreach (var process in all)
        {
            seconds += CpuSeconds(process);
            bytes += ResidentBytes(process);
        }

        return new ServerUsage(seconds, bytes);
    }

    private static HashSet<string> ListenersOn(int port)
    {
        HashSet<string> links = [];
        var suffix = $":{port:X4}";
        foreach (var table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            foreach (var line in Lines(table).Skip(1))
            {
                // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length > 9 && fields[3] == Listening && fields[1].EndsWith(suffix, StringComparison.Ordinal))
                {
                    links.Add($"socket:[{fields[9]}]");
                }
            }
        }

        return links;
    }

    private static IEnumerable<int> Processes() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
        .Where(pid => pid > 0);

    private static bool HoldsAny(int process, HashSet<string> sockets)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Any(file => sockets.Contains(TargetOf(file)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // Another user's, or gone.
        }
    }

    private static string TargetOf(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return ""; // Closed since it was listed; the others still count.
        }
    }

    private static void AddTree(int process, HashSet<int> all)
    {
        if (!all.Add(process) || !Directory.Exists($"/proc/{process}/task"))
        {
            return;
        }

        foreach (var thread in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            foreach (var child in string.Concat(Lines($"{thread}/children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                AddTree(int.Parse(child, CultureInfo.InvariantCulture), all);
            }
        }
    }

    private static double CpuSeconds(int process)
    {
        // The name, in parentheses, may hold anything; the numbers follow the last one. utime and stime are 14 and 15.
        var stat = string.Concat(Lines($"/proc/{process}/stat"));
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 13
            ? 0
            : (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    private static long ResidentBytes(int process)
    {
        var fields = string.Concat(Lines($"/proc/{process}/statm")).Split(' ');
        return fields.Length < 2 ? 0 : long.Parse(fields[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // Ended in the meantime.
        }
    }
}

/// <summary>What a server has used.</summary>
/// <param name="CpuSeconds">Processor time, of all its threads.</param>
/// <param name="ResidentBytes">Memory that it holds now.</param>
internal readonly record struct ServerUsage(double CpuSeconds, long ResidentBytes);
