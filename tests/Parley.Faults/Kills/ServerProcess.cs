using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Parley.Faults.Kills;

/// <summary>A server in a process of its own, that can be killed.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int OutputLines = 40;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Uri _address;
    private readonly Lock _gate = new();
    private readonly Queue<string> _output = new();

    private ServerProcess(Process process, Uri address)
    {
        _process = process;
        _address = address;
        StartedAt = TimeProvider.System.GetTimestamp();
    }

    /// <summary>Its number among the processes.</summary>
    public int Id => _process.Id;

    /// <summary>When it was started.</summary>
    public long StartedAt { get; }

    /// <summary>Its last lines of output, for a report.</summary>
    public string Output
    {
        get
        {
            lock (_gate)
            {
                return string.Join('\n', _output);
            }
        }
    }

    /// <summary>
    /// A port that nothing listens on, below those that the system gives to clients: a client that keeps dialling a port
    /// of that range while the server is away may end up connected to itself, and the server could not come back.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 30_000);
            using var probe = new TcpListener(IPAddress.Loopback, port);
            try
            {
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken; try another.
            }
        }
    }

    /// <summary>Starts it, and does not wait until it serves.</summary>
    public static ServerProcess Start(ServerCommand command, int port, string data)
    {
        var start = new ProcessStartInfo(command.Program, command.ArgumentsFor(port, data))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = new Process { StartInfo = start };
        var server = new ServerProcess(process, new Uri($"http://127.0.0.1:{port}/healthz"));
        process.OutputDataReceived += (_, line) => server.Keep(line.Data);
        process.ErrorDataReceived += (_, line) => server.Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Waits until it serves.</summary>
    /// <returns>How long it took since its start.</returns>
    public async Task<TimeSpan> ReadyAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(_address, cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    return TimeProvider.System.GetElapsedTime(StartedAt);
                }
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }

            if (_process.HasExited)
            {
                throw new InvalidOperationException($"The server ended by itself with {_process.ExitCode}:\n{Output}");
            }

            if (TimeProvider.System.GetElapsedTime(StartedAt) > StartPatience)
            {
                throw new TimeoutException($"The server does not answer:\n{Output}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Kills it as <c>kill -9</c> does, and waits until it is gone.</summary>
    /// <exception cref="InvalidOperationException">It had ended by itself.</exception>
    public async Task KillAsync()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"The server ended by itself with {_process.ExitCode}:\n{Output}");
        }

        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            _output.Enqueue(line);
            if (_output.Count > OutputLines)
            {
                _output.Dequeue();
            }
        }
    }
}
