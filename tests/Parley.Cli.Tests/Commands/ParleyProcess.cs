using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Parley.Cli.Tests.Commands;

/// <summary>Runs the program that was built, in an empty folder, with an empty standard input.</summary>
internal static class ParleyProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<Outcome> RunAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("parley-process-");
        try
        {
            // The tests run from an application host themselves, so a "dotnet" need not be on the path.
            var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "parley"), arguments)
            {
                UseShellExecute = false,
                WorkingDirectory = folder.FullName,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
            foreach (var (name, value) in environment)
            {
                start.Environment[name] = value;
            }

            using var process = Process.Start(start) ?? throw new InvalidOperationException("parley did not start.");
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
            return new(process.ExitCode, await output, await error);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

/// <summary>What a finished process left behind.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error);
