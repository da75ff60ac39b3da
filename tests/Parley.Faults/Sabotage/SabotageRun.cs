using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Parley.Faults.History;
using Parley.Faults.Kills;
using Parley.Faults.Network;
using Parley.Server.Storage;
using Parley.Server.Storage.Sqlite;
using Parley.Testing;

namespace Parley.Faults.Sabotage;

/// <summary>
/// A short run of a server with a sabotaged store: four clients write to two rooms and follow them over lines that are
/// cut under their bursts; then the machine loses power, and a server with a sound store takes over.
/// </summary>
/// <param name="sabotage">Puts the sabotage around the real store.</param>
/// <param name="seed">Of what the clients do.</param>
internal sealed class SabotageRun(Func<IEventStore, SabotagedStore> sabotage, int seed) : IAsyncDisposable
{
    private const int Clients = 4;
    private const int Burst = 10;
    private const int LeastCuts = 3;
    private const int MostCuts = 40; // By then chance has given every sabotage its opportunity.
    private static readonly string[] Rooms = ["garden", "kitchen"];

    private readonly TempFolder _data = new();
    private readonly RunHistory _history = new();
    private readonly List<LoadClient> _clients = [];
    private SabotagedStore? _store;
    private ChatServer? _server;
    private CuttingProxy? _line;

    /// <summary>How often the store broke its promise.</summary>
    public int Done => _store?.Done ?? 0;

    /// <summary>Plays it.</summary>
    /// <param name="waitForSabotage">Whether to go on until the store has broken its promise.</param>
    public async Task<RecordedRun> PlayAsync(bool waitForSabotage, CancellationToken cancellationToken)
    {
        _server = await ChatServer.StartAsync(o => o.LiftLimits(), data: _data.Path, services: Sabotage);
        await ChatRooms.CreateAsync(_server.Http, Rooms);
        _line = new CuttingProxy(_server.Http, seed);
        for (var i = 0; i < Clients; i++)
        {
            _clients.Add(new LoadClient(
                new ClientId($"client-{i}"), _line.Address, _history, new FirstAck(), FaultSize.SeedOf(seed, i), Rooms, follows: true));
            _clients[^1].Start();
        }

        await SettleAsync(cancellationToken);
        for (var cut = 0; cut < LeastCuts || (waitForSabotage && Done == 0 && cut < MostCuts); cut++)
        {
            await Task.WhenAll(_clients.Select(c => c.WriteAsync(Burst)));
            _line.Break(LineFault.Reset);
            _line.Mend();
            await EverythingIsAckedAsync();
        }

        await Task.WhenAll(_clients.Select(c => c.WriteAsync(Burst)));
        await EverythingIsAckedAsync();
        await LosePowerAsync();
        await SettleAsync(cancellationToken);
        var run = _history.With(new StoredLog([], []));
        await _server.StopAsync();
        _store!.Reveal(_data.Path); // Not null: the server has it.
        return run with { Store = StoredLog.Read(_data.Path) };
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_clients.Select(c => c.DisposeAsync().AsTask()));
        if (_line is not null)
        {
            await _line.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _data.Dispose();
    }

    private void Sabotage(IServiceCollection services) =>
        services.Replace(ServiceDescriptor.Singleton<IEventStore>(p =>
            _store = sabotage(new SqliteEventStore(_data.Path, p.GetRequiredService<StorageOptions>()))));

    /// <summary>Waits until everything that was written is acked, whatever else is amiss.</summary>
    private async Task EverythingIsAckedAsync()
    {
        using var patience = new CancellationTokenSource(WireClient.Patience, TimeProvider.System);
        foreach (var client in _clients)
        {
            while (await client.HasUnackedAsync())
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
            }
        }
    }

    private async Task LosePowerAsync()
    {
        _line!.Break(LineFault.Reset); // Not null, nor the others: the run is under way.
        _store!.Crash();
        await _server!.DisposeAsync();
        _server = await ChatServer.StartAsync(o => o.LiftLimits(), data: _data.Path, port: _server.Http.Port);
        _line.Mend();
    }

    private Task SettleAsync(CancellationToken cancellationToken) =>
        Settling.WaitAsync(_clients, _data.Path, () => $"seed {seed}", cancellationToken);
}
