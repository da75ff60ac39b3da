using System.Buffers;
using System.Globalization;
using System.Text;
using Parley.Protocol;
using Parley.Server.Accounts;
using Parley.Server.WebSockets;

namespace Parley.Server.Sessions;

/// <content>The commands of the line dialect.</content>
internal sealed partial class LineSession
{
    private const int MostLast = 100;
    private const int MostNames = 50;
    private const int MostLastBytes = 65_536;

    private const string Help =
        """
        /join ROOM   go to a room; it is created if there is none
        /nick NAME   be called so
        /who         who belongs to this room
        /last N      show the last N messages (at most 100)
        /me ACTION   say what you do
        /help        this
        /quit        leave
        A message that begins with / is written //… . Lines have no acks: a message whose connection breaks may be lost.
        """;

    private async ValueTask CommandAsync(string line, CancellationToken cancellationToken)
    {
        var space = line.AsSpan().IndexOfAny(' ', '\n');
        var command = space < 0 ? line : line[..space];
        var argument = space < 0 ? "" : line[(space + 1)..].Trim();
        switch (command)
        {
            case "/join":
                await JoinAsync(argument, cancellationToken);
                break;
            case "/nick":
                await RenameAsync(argument, cancellationToken);
                break;
            case "/who":
                Who();
                break;
            case "/last":
                await LastAsync(argument, cancellationToken);
                break;
            case "/me" when argument.Length > 0:
                await PostAsync(Encoding.UTF8.GetBytes("/me " + argument), cancellationToken);
                break;
            case "/help":
                Notice(Help);
                break;
            case "/quit":
                outlet.Close(CloseCode.Normal, "bye");
                break;
            default:
                Notice($"{command} is no command, or lacks a word; /help lists them");
                break;
        }
    }

    private async ValueTask JoinAsync(string name, CancellationToken cancellationToken)
    {
        await EnterAsync(name, cancellationToken);
        if (_room?.Name == name)
        {
            Notice($"you are in {name}");
        }
    }

    private async ValueTask RenameAsync(string name, CancellationToken cancellationToken)
    {
        var admission = await chat.Authenticator.AdmitAsync(new Credentials(null, name), cancellationToken);
        if (admission.User is not { } user)
        {
            Notice(admission.Message);
            return;
        }

        if (user.Id == _participant.User.Id)
        {
            Notice($"you are {user.Name}");
            return;
        }

        var room = _room;
        Leave();
        if (room is not null)
        {
            await _participant.PartAsync(room, cancellationToken);
        }

        _participant = new Participant(user, chat);
        if (!connection.Reidentify())
        {
            outlet.Close(CloseCode.TooManyConnections, "too many connections of this user");
            return;
        }

        await EnterAsync(room?.Name ?? Names.Lobby, cancellationToken);
        Notice($"you are {user.Name}");
    }

    private void Who()
    {
        if (_room is null)
        {
            return;
        }

        var members = _room.Members;
        var names = string.Join(", ", members.Page(0, MostNames).Select(m => m.Value));
        var more = members.Count > MostNames ? $" and {members.Count - MostNames} more" : "";
        Notice(members.Count == 0 ? $"{_room.Name} has no members, only visitors" : $"{_room.Name}: {names}{more}");
    }

    private async ValueTask LastAsync(string argument, CancellationToken cancellationToken)
    {
        if (_room is null)
        {
            return;
        }

        if (!int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > MostLast)
        {
            Notice("/last takes a number from 1 to 100");
            return;
        }

        var line = new ArrayBufferWriter<byte>();
        foreach (var stored in await chat.Store.ReadBackAsync(_room.Id, _room.Head + 1, count, MostLastBytes, cancellationToken))
        {
            line.ResetWrittenCount();
            LineEncoder.Instance.Encode(_room.Name, stored, line);
            if (line.WrittenCount > 0)
            {
                outlet.Enqueue(Opcode.Text, line.WrittenSpan);
            }
        }
    }
}
