using Microsoft.Extensions.Logging;
using Parley.Server.Telemetry;

namespace Parley.Faults.Simulation;

/// <summary>Reads what the server logs: a fault of its own is told, and so is a connection that it gave up.</summary>
internal sealed class FaultLog(Action<string> faulty, Action<string> gaveUp)
{
    /// <summary>A logger for one of the server's parts.</summary>
    public ILogger<T> For<T>() => new Logger<T>(this);

    private void Take(EventId id, string text, Exception? exception)
    {
        switch (id.Id)
        {
            case EventIds.DeliveryFailed or EventIds.CatchUpFaulted or EventIds.ConnectionFailed or EventIds.WriterFailed:
                faulty($"{text}: {exception}");
                break;
            case EventIds.ConnectionClosed:
                gaveUp(text);
                break;
        }
    }

    private sealed class Logger<T>(FaultLog log) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Take(eventId, formatter(state, exception), exception);
    }
}
