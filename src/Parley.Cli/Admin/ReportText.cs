using System.Globalization;
using Parley.Cli.Chat;
using Parley.Cli.Load.Report;
using Parley.Server.Storage.Sqlite.Checks;
using Spectre.Console;

namespace Parley.Cli.Admin;

/// <summary>What was found in a database, for people.</summary>
internal static class ReportText
{
    /// <summary>Writes a heading and a table of one row.</summary>
    public static void Write(TextWriter output, string heading, VerifyReport report, TimeSpan elapsed)
    {
        output.WriteLine(TerminalText.EscapeLine(heading));
        var table = new Table().Border(TableBorder.Rounded);
        List<string> row = [];
        Column("rooms", Figures.Count(report.Rooms.Count));
        Column("events", Figures.Count(report.Events));
        Column("hashed", Figures.Count(report.Hashed));
        Column("epoch", report.Epoch);
        Column("size", Figures.Invariant($"{report.Bytes / 1024:N0} KB"));
        Column("seconds", elapsed.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Write(table.AddRow([.. row]));

        void Column(string name, string value)
        {
            table.AddColumn(new TableColumn(name).RightAligned().NoWrap());
            row.Add(Markup.Escape(TerminalText.EscapeLine(value)));
        }
    }

    /// <summary>Writes a line per problem.</summary>
    public static void WriteProblems(TextWriter output, VerifyReport report)
    {
        foreach (var problem in report.Problems)
        {
            output.WriteLine(TerminalText.EscapeLine(problem));
        }

        if (report.ProblemCount > report.Problems.Count)
        {
            output.WriteLine($"… and {report.ProblemCount - report.Problems.Count} more");
        }
    }
}
