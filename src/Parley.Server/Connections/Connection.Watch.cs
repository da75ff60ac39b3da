using Parley.Protocol;
using Parley.Server.WebSockets;

namespace Parley.Server.Connections;

/// <content>What the clock watches: silence, stuck writes, unfinished messages, floods of control frames.</content>
internal sealed partial class Connection
{
    private static readonly TimeSpan ControlWindow = TimeSpan.FromSeconds(10);

    private long _openedAt;
    private long _heardAt;
    private long _messageAt;
    private long _closingAt;
    private long _controlsAt;
    private int _controls;
    private long _pingedAt;

    /// <summary>Looks at the clock. Called about once a second, by one thread.</summary>
    public void Watch()
    {
        if (Volatile.Read(ref _aborted) != 0)
        {
            return;
        }

        if (outlet.IsClosing)
        {
            WatchClosing();
        }
        else if (outlet.StuckFor > _limits.WriteTimeout)
        {
            Log.TimedOut(logger, Session.User?.Name ?? "?", "one write was stuck for too long");
            Abort(); // No close frame can pass.
        }
        else if (IsBusy)
        {
            // It is our turn: what the peer sent meanwhile has not been read.
        }
        else if (_messageAt != 0 && Since(ref _messageAt) > _limits.MessageTimeout)
        {
            Shut(CloseCode.PolicyViolation, "a message was left unfinished");
        }
        else if (Session.User is null && Since(ref _openedAt) > _limits.HelloTimeout)
        {
            Shut(CloseCode.Timeout, "no hello in time");
        }
        else
        {
            WatchSilence();
        }
    }

    private void WatchSilence()
    {
        if (Since(ref _heardAt) < _limits.PingAfter)
        {
            _pingedAt = 0;
        }
        else if (Volatile.Read(ref _heardAt) >= _pingedAt)
        {
            // No ping is out, or it was answered a whole silence ago.
            _pingedAt = chat.Time.GetTimestamp();
            outlet.Enqueue(Opcode.Ping, []);
        }
        else if (outlet.IsParked)
        {
            // A peer that does not read cannot see the ping: the write's time-out counts, and this one begins after it.
            _pingedAt = chat.Time.GetTimestamp();
        }
        else if (Since(ref _pingedAt) > _limits.PongTimeout)
        {
            Shut(CloseCode.Timeout, "no answer to a ping");
        }
    }

    private void WatchClosing()
    {
        if (_closingAt == 0)
        {
            _closingAt = chat.Time.GetTimestamp();
        }
        else if (Since(ref _closingAt) > _limits.CloseTimeout)
        {
            Abort();
        }
    }

    private void Shut(int code, string reason)
    {
        Log.TimedOut(logger, Session.User?.Name ?? "?", reason);
        Session.SayBye(code, reason, null);
        outlet.Close(code, reason);
    }

    private void CountControl()
    {
        if (_controls == 0 || Since(ref _controlsAt) > ControlWindow)
        {
            _controls = 0;
            Volatile.Write(ref _controlsAt, chat.Time.GetTimestamp());
        }

        if (++_controls > _limits.MaxControlFrames)
        {
            outlet.Close(CloseCode.PolicyViolation, "too many control frames");
        }
    }

    private void MarkMessage(bool unfinished)
    {
        if (!unfinished)
        {
            Volatile.Write(ref _messageAt, 0);
        }
        else if (_messageAt == 0)
        {
            Volatile.Write(ref _messageAt, chat.Time.GetTimestamp());
        }
    }

    private TimeSpan Since(ref long timestamp) => chat.Time.GetElapsedTime(Volatile.Read(ref timestamp));
}
