namespace Parley.Faults.Kills;

/// <summary>How the server under test is started.</summary>
/// <param name="Program">The program; it must be the server itself, not a script that waits for it: it is killed by its id.</param>
/// <param name="Arguments">Its arguments, where <c>{port}</c> and <c>{data}</c> stand for what a run chooses.</param>
internal sealed record ServerCommand(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>Replaces the built <c>parley</c> by another command line, split at spaces.</summary>
    public const string Variable = "PARLEY_SERVER";

    /// <summary>The command line in <see cref="Variable"/>, or else the <c>parley</c> that was built with these tests.</summary>
    public static ServerCommand Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return new ServerCommand(words[0], words[1..]);
        }

        return new ServerCommand(FindBuilt(), ["serve", "--listen", "http://127.0.0.1:{port}", "--data", "{data}", "--limits", "off"]);
    }

    /// <summary>The <c>parley</c> that was built with these tests.</summary>
    public static string FindBuilt()
    {
        // …/artifacts/bin/Parley.Faults/release/ → …/artifacts/bin/Parley.Cli/release/
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(here.Parent!.Parent!.FullName, "Parley.Cli", here.Name, OperatingSystem.IsWindows() ? "parley.exe" : "parley"); // Not null: the layout of artifacts.
        return File.Exists(program)
            ? program
            : throw new FileNotFoundException($"There is no {program}; build src/Parley.Cli, or set {Variable}.");
    }

    /// <summary>The same with its limits on rates.</summary>
    public ServerCommand WithLimits() => this with { Arguments = [.. Arguments.Select(a => a == "off" ? "on" : a)] };

    /// <summary>The arguments for one run.</summary>
    public IEnumerable<string> ArgumentsFor(int port, string data) =>
        Arguments.Select(a => a.Replace("{port}", $"{port}", StringComparison.Ordinal).Replace("{data}", data, StringComparison.Ordinal));
}
