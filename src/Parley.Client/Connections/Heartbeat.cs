using Parley.Protocol.Messages;

namespace Parley.Client;

/// <summary>Watches the clock over one connection: no welcome, silence, a send without an answer, a sleep of the machine.</summary>
internal sealed class Heartbeat(Connection connection, Session session, ChatClientOptions options)
{
    private static readonly TimeSpan LongestTick = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SleepAtLeast = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(3);

    private readonly TimeProvider time = options.TimeProvider;

    /// <summary>Watches until the connection is useless.</summary>
    /// <param name="welcomed">Ends when the server has said <c>welcome</c>.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public async Task<ConnectionEnd> WatchAsync(Task<Welcome> welcomed, CancellationToken cancellationToken)
    {
        try
        {
            var times = (await welcomed.WaitAsync(options.WelcomeTimeout, time, cancellationToken)).Hb;
            return await WatchLiveAsync(
                TimeSpan.FromMilliseconds(Math.Max(times.EveryMs + (long)times.TimeoutMs, 100)), cancellationToken);
        }
        catch (TimeoutException)
        {
            return ConnectionEnd.Cut($"No welcome within {options.WelcomeTimeout}.");
        }
        catch (OperationCanceledException)
        {
            return ConnectionEnd.Cut("The connection ended.");
        }
    }

    private async Task<ConnectionEnd> WatchLiveAsync(TimeSpan mostSilence, CancellationToken cancellationToken)
    {
        var tick = mostSilence / 4 < LongestTick ? mostSilence / 4 : LongestTick;
        using var timer = new PeriodicTimer(tick, time);
        var wallClock = time.GetUtcNow();
        long pingedAt = -1;
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var since = time.GetUtcNow() - wallClock;
            wallClock = time.GetUtcNow();
            if (session.Events.IsStalled)
            {
                connection.ForgiveSilence();
                continue;
            }

            if (since - tick > SleepAtLeast && !await AnswersAsync(cancellationToken))
            {
                return ConnectionEnd.Cut($"No answer within {ProbeTimeout} after the machine slept.");
            }

            var heardAt = connection.HeardAt;
            var silence = time.GetElapsedTime(heardAt);
            if (silence >= mostSilence)
            {
                return ConnectionEnd.Cut($"Nothing heard for {silence}.");
            }

            if (silence >= mostSilence / 2 && pingedAt != heardAt)
            {
                pingedAt = heardAt;
                connection.Ping();
            }

            if (session.OldestSentAt() is { } sentAt && time.GetElapsedTime(sentAt) >= options.RequestTimeout)
            {
                return ConnectionEnd.Cut($"A message was not answered for {options.RequestTimeout}.");
            }
        }

        return ConnectionEnd.Cut("The connection ended.");
    }

    // A machine that slept finds its line dead without knowing it, so one look is worth more than waiting for silence.
    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        var before = connection.Heard;
        connection.Ping();
        await Task.Delay(ProbeTimeout, time, cancellationToken);
        return connection.Heard != before || session.Events.IsStalled;
    }
}
