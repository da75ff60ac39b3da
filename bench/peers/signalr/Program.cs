// ASP.NET Core SignalR: a hub that hands each text to the others.
using System.Net;
using Microsoft.AspNetCore.SignalR;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, int.Parse(args[0])));

// The load test sends no pings of SignalR's own.
builder.Services.AddSignalR(options => options.ClientTimeoutInterval = TimeSpan.FromMinutes(10));
var app = builder.Build();
app.MapHub<RoomHub>("/hub");
app.Run();

/// <summary>The room.</summary>
internal sealed class RoomHub : Hub
{
    /// <summary>Hands a text to all others.</summary>
    public Task Send(string text) => Clients.Others.SendAsync("message", text);
}
