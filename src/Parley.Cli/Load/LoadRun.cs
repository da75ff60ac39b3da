using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Parley.Cli.Load.Readiness;
using Parley.Cli.Load.Report;
using Parley.Cli.Settings;
using Spectre.Console;

namespace Parley.Cli.Load;

/// <summary>One run, from its options to its summary.</summary>
internal sealed class LoadRun(LoadOptions options, TimeProvider time)
{
    /// <summary>Uses what every system has instead of what this one does best. For comparing the two.</summary>
    public bool Portable { get; init; }

    /// <summary>Runs it.</summary>
    /// <param name="screen">Shows a table meanwhile; null: shows nothing.</param>
    /// <param name="cancellationToken">Ends the sending early; there is a summary all the same.</param>
    public async Task<LoadSummary> RunAsync(IAnsiConsole? screen, CancellationToken cancellationToken)
    {
        var server = await FindAsync(cancellationToken);
        var plan = new LoadPlan(options);
        var tally = new LoadTally(options, plan);
        ILoadDialect dialect = options.Dialect == LoadDialect.Json
            ? new JsonDialect(options, plan, tally, time.GetUtcNow().ToUnixTimeMilliseconds().ToString("x", CultureInfo.InvariantCulture))
            : new LineDialect(options, plan, tally);
        var parts = new LoadParts(
            plan, tally, dialect, Watch(), new MonotonicClock(time), ServerProcess.Find(server, options.Pid));
        using var engine = new LoadEngine(options, parts, server, cancellationToken);
        var run = Task.Factory.StartNew(engine.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (screen is not null)
        {
            await LoadTable.ShowAsync(screen, () => engine.Snapshot, run, time);
        }

        return await run;
    }

    private IReadiness Watch() => OperatingSystem.IsLinux() && !Portable ? new EpollReadiness() : new SelectReadiness();

    private async Task<IPEndPoint> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(options.Url.DnsSafeHost, cancellationToken);
            var address = addresses.OrderBy(one => one.AddressFamily != AddressFamily.InterNetwork).First();
            return new IPEndPoint(address, options.Url.Port);
        }
        catch (SocketException e)
        {
            throw new IOException($"{Quote.Bare(options.Url.Host)}: {e.Message}", e);
        }
    }
}
