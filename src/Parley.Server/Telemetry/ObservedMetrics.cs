using System.Diagnostics.Metrics;
using Parley.Server.Connections;
using Parley.Server.Delivery;
using Parley.Server.Rooms;
using Parley.Server.Sessions;
using Parley.Server.Transport;

namespace Parley.Server.Telemetry;

/// <summary>The figures that are read where they are kept, when somebody asks for them.</summary>
internal sealed class ObservedMetrics(
    IMeterFactory meters,
    ConnectionRegistry connections,
    PendingConnections pending,
    EventWriter writer,
    DeliveryLoops loops,
    CatchUpReader catchUp,
    SendLimiter limiter,
    TimeProvider time)
{
    // One look serves all the instruments of one reading.
    private static readonly TimeSpan SurveyLasts = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private ConnectionSurvey? _survey;
    private long _surveyedAt;

    /// <summary>Makes the instruments. Once, at start.</summary>
    public void Start()
    {
        var meter = meters.Create(ParleyTelemetry.MeterName);
        ObserveConnections(meter);
        meter.CreateObservableCounter("parley.events.stored", () => writer.EventsStored, "{event}", "Events that were stored.");
        meter.CreateObservableGauge("parley.writer.queue", () => writer.Waiting, "{write}", "Writes waiting for the next commit.");
        meter.CreateObservableGauge("parley.store.refusing", () => writer.Outage is null ? 0 : 1, "{store}", "1 while the store takes no writes, 0 while it does.");
        meter.CreateObservableCounter("parley.store.outages", () => writer.Outages, "{outage}", "Times that the store began to take no writes.");
        meter.CreateObservableCounter("parley.sends.limited", () => limiter.Refused, "{send}", "Sends refused because they came too fast.");
        ObserveDelivery(meter);
        ObserveCatchUp(meter);
    }

    private void ObserveConnections(Meter meter)
    {
        meter.CreateObservableUpDownCounter("parley.connections.open", OpenConnections, "{connection}", "Open connections, by dialect.");
        meter.CreateObservableUpDownCounter(
            "parley.connections.pending", () => pending.Count, "{connection}", "TCP connections that are not a WebSocket, or not yet.");
        meter.CreateObservableCounter(
            "parley.connections.turned_away", () => pending.TurnedAway, "{connection}", "TCP connections closed because too many were pending.");
        meter.CreateObservableUpDownCounter(
            "parley.sessions.open", () => Survey().SignedIn, "{session}", "Open connections of which it is known whose they are.");
        meter.CreateObservableGauge(
            "parley.connections.parked", () => Survey().Parked, "{connection}", "Connections whose peer does not read what was written.");
        meter.CreateObservableUpDownCounter(
            "parley.subscriptions.open", () => Survey().Subscriptions, "{subscription}", "Rooms followed, over all connections.");
        meter.CreateObservableGauge(
            "parley.subscriptions.behind", () => Survey().Behind, "{subscription}", "Subscriptions behind their room's window: they read the store.");
        meter.CreateObservableGauge(
            "parley.subscriptions.lag", () => Survey().MaxLag, "{event}", "The most events that one subscription has yet to be sent.");
    }

    private void ObserveDelivery(Meter meter)
    {
        meter.CreateObservableCounter("parley.delivery.events", () => loops.Sum(t => t.Events), "{event}", "Events sent, once for each subscriber.");
        meter.CreateObservableCounter("parley.delivery.sends", () => loops.Sum(t => t.Sends), "{send}", "Writes to sockets, each with all that was waiting.");
        meter.CreateObservableCounter("parley.delivery.bytes", () => loops.Sum(t => t.Bytes), "By", "Bytes written to sockets, with replies and control frames.");
        meter.CreateObservableCounter("parley.signals.sent", () => loops.SignalsSent, "{signal}", "Signals given to the subscribers of a room.");
        meter.CreateObservableCounter("parley.signals.dropped", () => loops.SignalsDropped, "{signal}", "Signals dropped because too many waited in their room.");
    }

    private void ObserveCatchUp(Meter meter)
    {
        meter.CreateObservableGauge("parley.catchup.waiting", () => catchUp.Waiting, "{subscription}", "Subscriptions waiting for a page from the store.");
        meter.CreateObservableGauge("parley.catchup.active", () => catchUp.Active, "{reader}", "Catch-up readers that are reading a page.");
        meter.CreateObservableCounter("parley.catchup.pages", () => catchUp.PagesRead, "{page}", "Pages read from the store for subscriptions behind the window.");
    }

    private IEnumerable<Measurement<int>> OpenConnections()
    {
        var survey = Survey();
        return
        [
            new(survey.Json, new KeyValuePair<string, object?>("dialect", "json")),
            new(survey.Line, new KeyValuePair<string, object?>("dialect", "line")),
        ];
    }

    private ConnectionSurvey Survey()
    {
        lock (_gate)
        {
            if (_survey is null || time.GetElapsedTime(_surveyedAt) > SurveyLasts)
            {
                _survey = connections.Survey();
                _surveyedAt = time.GetTimestamp();
            }

            return _survey;
        }
    }
}
