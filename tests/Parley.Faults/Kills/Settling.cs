using Parley.Faults.History;

namespace Parley.Faults.Kills;

/// <summary>Waits until a run has come to rest.</summary>
internal static class Settling
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Waits until all outboxes are empty and all subscribers are caught up. Nobody writes meanwhile.</summary>
    /// <param name="clients">Whom to wait for.</param>
    /// <param name="data">The server's data folder.</param>
    /// <param name="more">What else a report of failure should say.</param>
    /// <exception cref="TimeoutException">Some client still waits after a minute.</exception>
    public static async Task WaitAsync(IReadOnlyList<LoadClient> clients, string data, Func<string> more, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var heads = StoredLog.ReadHeads(data).ToDictionary(r => r.Name, r => r.Head);
            var waits = new List<string>();
            foreach (var client in clients)
            {
                if (await client.WaitsForAsync(heads) is { } wait)
                {
                    waits.Add(wait);
                }
            }

            if (waits.Count == 0)
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"{string.Join("; ", waits)}.\n{more()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }
}
