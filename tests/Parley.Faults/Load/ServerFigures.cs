using System.Globalization;

namespace Parley.Faults.Load;

/// <summary>What a server's process uses and does, from <c>/proc</c> and <c>/metrics</c>.</summary>
internal sealed class ServerFigures(int process, int port) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

    /// <summary>Resident memory, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            var line = File.ReadLines($"/proc/{process}/status").First(one => one.StartsWith("VmRSS:", StringComparison.Ordinal));
            return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Open sockets and files, but for its own program's, which the runtime opens when it needs them and keeps.</summary>
    public int Handles => Directory.EnumerateFileSystemEntries($"/proc/{process}/fd")
        .Select(NameOf)
        .Count(name => name is not null && !name.EndsWith(".dll", StringComparison.Ordinal) && !name.EndsWith(".pdb", StringComparison.Ordinal));

    /// <summary>One of the server's figures, summed over its labels; 0 if it is not there.</summary>
    /// <param name="name">As in <c>/metrics</c>.</param>
    public async Task<double> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var text = await _http.GetStringAsync("/metrics", cancellationToken);
        return text.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is ' ' or '{')
            .Sum(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Waits until a figure of the server is what it should be, for at most so long.</summary>
    public async Task WaitForAsync(string name, Func<double, bool> condition, TimeSpan patience, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        for (var value = await ReadAsync(name, cancellationToken); !condition(value); value = await ReadAsync(name, cancellationToken))
        {
            if (TimeProvider.System.GetElapsedTime(start) > patience)
            {
                throw new TimeoutException($"{name} is {value}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>What a handle is of; null: it was closed since it was listed.</summary>
    private static string? NameOf(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.Name ?? "";
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
