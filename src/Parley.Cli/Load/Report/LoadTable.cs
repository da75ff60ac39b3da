using Spectre.Console;

namespace Parley.Cli.Load.Report;

/// <summary>Shows a run while it lasts.</summary>
internal static class LoadTable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    /// <summary>Redraws the table until the run has ended.</summary>
    public static Task ShowAsync(IAnsiConsole console, Func<LoadSnapshot> read, Task run, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(console);
        return console.Live(Draw(LoadSnapshot.None, LoadSnapshot.None)).AutoClear(true).StartAsync(async live =>
        {
            var before = LoadSnapshot.None;
            while (!run.IsCompleted)
            {
                var now = read();
                if (now.At != before.At)
                {
                    live.UpdateTarget(Draw(before, now));
                    live.Refresh();
                    before = now;
                }

                await Task.WhenAny(run, Task.Delay(Every, time));
            }
        });
    }

    private static Table Draw(LoadSnapshot before, LoadSnapshot now)
    {
        var seconds = before.At == 0 ? 0 : (now.At - before.At) / (double)MonotonicClock.Second;
        var table = new Table().Border(TableBorder.Rounded).Title(Title(now.Phase));
        List<string> row = [];
        Column("connected", Figures.Count(now.Connected));
        Column("sent", Figures.Count(now.Sent));
        Column("delivered/s", seconds > 0 ? Figures.Rate((now.Delivered - before.Delivered) / seconds) : "-");
        Column("lost", Figures.Count(now.Lost));
        Column("doubled", Figures.Count(now.Doubled));
        Column("reordered", Figures.Count(now.Reordered));
        Column("p50", Figures.Time(now.P50 / 1e3));
        Column("p99", Figures.Time(now.P99 / 1e3));
        Column("p99.9", Figures.Time(now.P999 / 1e3));
        if (now.Server is { } server)
        {
            var cores = seconds > 0 && before.Server is { } earlier ? (server.CpuSeconds - earlier.CpuSeconds) / seconds : 0;
            Column("server CPU", Figures.Percent(cores));
            Column("server RSS", Figures.Bytes(server.ResidentBytes));
        }

        return table.AddRow([.. row]);

        void Column(string name, string value)
        {
            table.AddColumn(new TableColumn(name).RightAligned().NoWrap());
            row.Add(value);
        }
    }

    private static string Title(LoadPhase phase) => phase switch
    {
        LoadPhase.Connecting => "connecting",
        LoadPhase.Settling => "settling",
        LoadPhase.Warming => "warming up",
        LoadPhase.Measuring => "measuring",
        _ => "waiting for the rest",
    };
}
