using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Parley.Server.Connections;
using Parley.Server.Rooms;
using Parley.Server.Sessions;
using Parley.Testing;

namespace Parley.Server.Tests.Connections;

/// <summary>The parts inside a running server.</summary>
internal static class Wired
{
    public static ConnectionRegistry Registry(ChatServer server) => server.Services.GetRequiredService<ConnectionRegistry>();

    public static ChatServices Chat(ChatServer server) => server.Services.GetRequiredService<ChatServices>();

    public static Room Room(ChatServer server, string name = "lobby") =>
        Chat(server).Rooms.Find(name) ?? throw new InvalidOperationException("No such room: " + name);

    /// <summary>
    /// Advances the clock second by second once the server has done all that it was asked: a client may have its answer a
    /// moment before that.
    /// </summary>
    public static async Task AdvanceAsync(this FakeTimeProvider clock, ChatServer server, int seconds)
    {
        await Eventually.TrueAsync(() => Registry(server).All.All(c => !c.IsBusy));
        clock.AdvanceSeconds(seconds);
    }

    /// <summary>A guest that acts without a connection; a member of the lobby.</summary>
    public static async Task<Participant> ParticipantAsync(ChatServer server, string name)
    {
        var chat = Chat(server);
        var participant = new Participant(await chat.Authenticator.EnsureGuestAsync(name, default), chat);
        await participant.EnterAsync(Room(server), default);
        return participant;
    }

    /// <summary>Posts texts to a room, and returns when all are durable and published.</summary>
    public static async Task PostAsync(this Participant by, Room room, IEnumerable<string> texts)
    {
        var pending = 1;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var text in texts)
        {
            Interlocked.Increment(ref pending);
            var message = new PendingEvent { Text = System.Text.Encoding.UTF8.GetBytes(text), Done = (_, failure) => Done(failure) };
            var refusal = await by.PostAsync(room, message, default);
            if (refusal is not null)
            {
                throw new InvalidOperationException(refusal.Message);
            }
        }

        Done(null);
        await all.Task;

        void Done(Exception? failure)
        {
            if (failure is not null)
            {
                all.TrySetException(failure);
            }
            else if (Interlocked.Decrement(ref pending) == 0)
            {
                all.TrySetResult();
            }
        }
    }
}
