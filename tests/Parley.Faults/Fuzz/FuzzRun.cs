using System.Diagnostics;
using System.Text;
using Parley.Faults.InProcess;

namespace Parley.Faults.Fuzz;

/// <summary>Feeds one target: the inputs kept in <c>tests/fixtures/fuzz</c> first, then new ones, each within <see cref="MaxCase"/>.</summary>
/// <param name="target">Its name, and that of its folder.</param>
/// <param name="check">Takes one input; throws what is wrong.</param>
/// <param name="say">Where to print.</param>
internal sealed class FuzzRun(string target, Func<byte[], ValueTask> check, Action<string> say)
{
    /// <summary>The longest that one input may take.</summary>
    private static readonly TimeSpan MaxCase = TimeSpan.FromSeconds(1);

    // Beyond this an input is taken to hang, and the run ends.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);

    private readonly TaskCompletionSource _hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _what = "";
    private byte[] _input = [];
    private long _began = Stopwatch.GetTimestamp();

    /// <summary>Plays the kept inputs and then so many new ones.</summary>
    public async Task PlayAsync(int count, int seed, Mutator mutator)
    {
        await using var watch = TimeProvider.System.CreateTimer(_ => Watch(), null, MaxCase, MaxCase);
        var playing = Task.Run(() => PlayAllAsync(count, seed, mutator));
        await await Task.WhenAny(playing, _hangs.Task);
    }

    private async Task PlayAllAsync(int count, int seed, Mutator mutator)
    {
        foreach (var file in Kept())
        {
            await PlayAsync(await File.ReadAllBytesAsync(file), file);
        }

        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            await PlayAsync(mutator.Next(new Random(unchecked((seed * 1_000_003) + i))), $"case {i} of {count}, seed {seed}");
        }

        say($"{target}: {count} cases in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
    }

    private async Task PlayAsync(byte[] input, string what)
    {
        (_what, _input) = (what, input);
        try
        {
            // A pause of the machine is no fault of the input's: only what is slow each time is.
            for (var again = 0; ; again++)
            {
                Volatile.Write(ref _began, Stopwatch.GetTimestamp());
                await check([.. input]);
                var took = Stopwatch.GetElapsedTime(_began);
                if (took <= MaxCase)
                {
                    return;
                }

                Assert.True(again < 2, $"it took {took.TotalSeconds:0.0} s");
            }
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(Describe(e.ToString()), e);
        }
    }

    private void Watch()
    {
        if (Stopwatch.GetElapsedTime(Volatile.Read(ref _began)) > Hang)
        {
            _hangs.TrySetException(new TimeoutException(Describe("It hangs.")));
        }
    }

    private string Describe(string fault) =>
        $"{target}, {_what}: {fault}\n{Printable(_input)}\n"
        + $"Keep it: echo {Convert.ToHexString(_input)} | xxd -r -p > tests/fixtures/fuzz/{target}/NAME";

    private static string Printable(byte[] input) =>
        string.Concat(Encoding.Latin1.GetString(input).Select(c => c is >= ' ' and <= '~' ? $"{c}" : $"\\x{(int)c:X2}"));

    private IEnumerable<string> Kept()
    {
        var folder = Path.Combine(Repository.Root, "tests", "fixtures", "fuzz", target);
        return Directory.Exists(folder) ? Directory.GetFiles(folder).Order(StringComparer.Ordinal) : [];
    }
}
