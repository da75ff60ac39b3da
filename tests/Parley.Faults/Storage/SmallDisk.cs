using System.Diagnostics;
using Parley.Testing;

namespace Parley.Faults.Storage;

/// <summary>A file system of 64 MiB in memory, and a file that fills it.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int Block = 4_096;

    private readonly TempFolder _mount = new();
    private CancellationTokenSource _enough = new();
    private Task _filling = Task.CompletedTask;

    private SmallDisk()
    {
    }

    /// <summary>A data folder on it.</summary>
    public string Data => Path.Combine(_mount.Path, "data");

    private string Ballast => Path.Combine(_mount.Path, "ballast");

    /// <summary>Mounts one. Skips the running test where that is not allowed.</summary>
    public static SmallDisk Mount()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A small disk is a tmpfs, which Linux has.");
        var disk = new SmallDisk();
        if (Run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk._mount.Path) is { } why)
        {
            disk._mount.Dispose();
            Assert.Skip("A tmpfs cannot be mounted, which takes root: " + why);
        }

        return disk;
    }

    /// <summary>Fills it to the last block, and keeps it full until <see cref="FreeAsync"/>.</summary>
    /// <returns>When there was no room left for the first time.</returns>
    public async Task<long> FillAsync()
    {
        var full = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        _filling = Task.Run(async () =>
        {
            while (!_enough.IsCancellationRequested)
            {
                FillOnce();
                full.TrySetResult(TimeProvider.System.GetTimestamp());
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            }
        });
        return await full.Task;
    }

    /// <summary>Gives the room free again.</summary>
    public async Task FreeAsync()
    {
        await _enough.CancelAsync();
        await _filling;
        _enough.Dispose();
        _enough = new CancellationTokenSource();
        File.Delete(Ballast);
    }

    public void Dispose()
    {
        Run("umount", "--lazy", _mount.Path);
        _enough.Dispose();
        _mount.Dispose();
    }

    private void FillOnce()
    {
        var block = new byte[Block];
        using var ballast = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                ballast.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Runs a program.</summary>
    /// <returns>Null, or what it complained about.</returns>
    private static string? Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!; // Not null: no shell is involved.
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : errors.Trim();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
