namespace Parley.Faults.Absence;

/// <summary>The memory of a process as Linux counts it, in bytes.</summary>
internal sealed class ResidentMemory(int process)
{
    /// <summary>The most that was resident since <see cref="BeginPeak"/>.</summary>
    public long Peak => Read("VmHWM:");

    /// <summary>Has the peak begin again.</summary>
    /// <returns>What is resident now.</returns>
    public long BeginPeak()
    {
        File.WriteAllText($"/proc/{process}/clear_refs", "5"); // proc(5): resets the peak resident set size.
        return Read("VmRSS:");
    }

    private long Read(string name)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length, line.Length - name.Length - " kB".Length).Trim()) * 1024;
    }
}
