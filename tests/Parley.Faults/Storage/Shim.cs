using System.Diagnostics;

namespace Parley.Faults.Storage;

/// <summary>The library that stands between a server and its disk and clock (<c>shim.c</c>), compiled when it is first needed.</summary>
internal static class Shim
{
    private static readonly Lazy<(string Library, string? WhyNot)> Built = new(Build);

    /// <summary>Its path. Skips the running test where it cannot be had.</summary>
    public static string Library
    {
        get
        {
            Assert.SkipWhen(Built.Value.WhyNot is not null, Built.Value.WhyNot ?? "");
            return Built.Value.Library;
        }
    }

    private static (string Library, string? WhyNot) Build()
    {
        var library = Path.Combine(AppContext.BaseDirectory, "Storage", "shim.so");
        if (!OperatingSystem.IsLinux())
        {
            return (library, "The shim is preloaded, as Linux does it.");
        }

        var source = Path.ChangeExtension(library, ".c");
        var start = new ProcessStartInfo("cc", ["-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        try
        {
            using var compiler = Process.Start(start)!; // Not null: no shell is involved.
            var errors = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? (library, null) : throw new InvalidOperationException($"{source} does not compile:\n{errors}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (library, "There is no C compiler: install gcc.");
        }
    }
}
