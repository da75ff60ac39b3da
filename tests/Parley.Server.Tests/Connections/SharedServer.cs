using Parley.Testing;

namespace Parley.Server.Tests.Connections;

/// <summary>One server for the tests of a class, without limits on rates.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    private ChatServer? _plain;
    private ChatServer? _tls;

    public ChatServer Plain => _plain ?? throw new InvalidOperationException("Not started.");

    public ChatServer Tls => _tls ?? throw new InvalidOperationException("Not started.");

    public ChatServer this[bool tls] => tls ? Tls : Plain;

    public async ValueTask InitializeAsync()
    {
        _plain = await ChatServer.StartAsync(Configure);
        _tls = await ChatServer.StartAsync(Configure, certificate: TestCertificate.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await Plain.DisposeAsync();
        await Tls.DisposeAsync();
    }

    private static void Configure(ParleyOptions options)
    {
        options.LiftLimits();
        options.Echo = true;
        options.Connections.Deflate = true;
    }
}
