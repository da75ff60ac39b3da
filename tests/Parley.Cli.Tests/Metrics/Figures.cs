using System.Globalization;
using Parley.Cli.Tests.Commands;
using Parley.Testing;

namespace Parley.Cli.Tests.Metrics;

/// <summary>What <c>/metrics</c> says.</summary>
internal static class Figures
{
    /// <summary>Waits until the figures are these; the exporter gives the same answer for some 300 ms.</summary>
    public static async Task EqualAsync(ServingProcess server, Dictionary<string, double> expected)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var all = Parse(await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative)));
            var actual = expected.Keys.ToDictionary(name => name, name => all.GetValueOrDefault(name, double.NaN));
            if (expected.All(figure => figure.Value == actual[figure.Key])
                || TimeProvider.System.GetElapsedTime(start) > WireClient.Patience)
            {
                Assert.Equal(expected, actual);
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private static Dictionary<string, double> Parse(string text) => text
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line.StartsWith("parley_", StringComparison.Ordinal))
        .Select(line => line.Split(' '))
        .ToDictionary(
            parts => parts[0].Replace("otel_scope_name=\"Parley\",", "").Replace("{otel_scope_name=\"Parley\"}", ""),
            parts => double.Parse(parts[1], CultureInfo.InvariantCulture));
}
