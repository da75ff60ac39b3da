using Parley.Cli.Load.Wire;

namespace Parley.Cli.Load;

/// <summary>
/// Everything that is counted. What was sent makes deliveries expected: one for each user who reads, but for the sender.
/// </summary>
internal sealed class LoadTally
{
    private static readonly int Roles = Enum.GetValues<LoadRole>().Length;

    private readonly LoadPlan _plan;
    private readonly OwnMessages _own;
    private readonly long[] _expected = new long[Roles];
    private readonly long[] _delivered = new long[Roles];
    private readonly int[] _reading = new int[Roles];
    private readonly uint[] _sent;
    private readonly uint[] _refused;

    public LoadTally(LoadOptions options, LoadPlan plan)
    {
        ArgumentNullException.ThrowIfNull(options);
        _plan = plan;
        _own = options.Raw ? OwnMessages.Perhaps
            : options.Dialect == LoadDialect.Json ? OwnMessages.Always
            : OwnMessages.Never;
        _sent = new uint[options.Voices];
        _refused = new uint[options.Voices];
        Check = new DeliveryCheck(options.Connections, options.Voices);
        for (var i = 0; i < options.Connections; i++)
        {
            if (plan.RoleOf(i) == LoadRole.Churn)
            {
                Check.Restart(i);
            }
            else if (_own == OwnMessages.Perhaps && plan.VoiceOf(i) is >= 0 and var voice)
            {
                Check.StartAnywhere(i, voice);
            }
        }
    }

    private enum OwnMessages
    {
        Never,
        Perhaps,
        Always,
    }

    /// <summary>Loss, doubles and order.</summary>
    public DeliveryCheck Check { get; }

    /// <summary>From send to receipt by a listener, in nanoseconds.</summary>
    public Histogram Latency { get; } = new();

    /// <summary>From send to <c>ok</c>, in nanoseconds.</summary>
    public Histogram AckLatency { get; } = new();

    /// <summary>Messages sent, by everybody.</summary>
    public long Sent { get; private set; }

    /// <summary>Sends that were answered with <c>ok</c>.</summary>
    public long Acked { get; private set; }

    /// <summary>Sends that were refused.</summary>
    public long Refused { get; private set; }

    /// <summary>Answers that belong to no send, or came again.</summary>
    public long StrayAcks { get; private set; }

    /// <summary>Events that a numbered room left out before the next one, summed over those who noticed.</summary>
    public long SeqHoles { get; private set; }

    /// <summary>Events whose number had come before.</summary>
    public long SeqRepeats { get; private set; }

    /// <summary>When the last message was delivered to a listener.</summary>
    public long LastDeliveryAt { get; private set; }

    /// <summary>Messages that users of this role must have got, each counted once.</summary>
    public long Expected(LoadRole role) => _expected[(int)role];

    /// <summary>Messages that users of this role did get.</summary>
    public long Delivered(LoadRole role) => _delivered[(int)role];

    /// <summary>Users of this role who must get what is sent now.</summary>
    public int Reading(LoadRole role) => _reading[(int)role];

    /// <summary>Why sends were refused, with how often.</summary>
    public ReasonCounts RefusalReasons { get; } = new();

    /// <summary>Whether everything that is due has come.</summary>
    public bool IsComplete =>
        Done(LoadRole.Listener) && Done(LoadRole.Sender) && Done(LoadRole.Stalled)
        && (_own != OwnMessages.Always || Acked + Refused >= Sent);

    /// <summary>Somebody reads from now on.</summary>
    public void Join(LoadRole role) => _reading[(int)role]++;

    /// <summary>Somebody reads no more; what he has not got is not waited for, but missing at the end.</summary>
    public void Leave(int client, long got)
    {
        var role = _plan.RoleOf(client);
        _reading[(int)role]--;
        _expected[(int)role] -= Due(client) - got;
    }

    /// <summary>Notes that the next message of a voice goes out.</summary>
    /// <returns>Its number.</returns>
    public uint Send(int client, int voice)
    {
        var role = _plan.RoleOf(client);
        for (var other = 0; other < Roles; other++)
        {
            _expected[other] += _reading[other];
        }

        if (_own != OwnMessages.Always)
        {
            _expected[(int)role]--;
        }

        Sent++;
        return ++_sent[voice];
    }

    /// <summary>Takes a message that arrived. Hot path.</summary>
    /// <returns>Whether it counts for the receiver as one that was due.</returns>
    public bool Deliver(LoadClient client, in Stamp stamp, long now)
    {
        if (stamp.Voice >= _sent.Length)
        {
            return false; // Somebody else's load.
        }

        var own = stamp.Voice == client.Voice;
        if (own && _own == OwnMessages.Never)
        {
            Check.RefuseEcho();
            return false;
        }

        if (!Check.Accept(client.Index, stamp.Voice, stamp.Number) || (own && _own == OwnMessages.Perhaps))
        {
            return false;
        }

        _delivered[(int)client.Role]++;
        if (client.Role == LoadRole.Listener && !own)
        {
            Latency.Record(now - stamp.SentAt);
            LastDeliveryAt = now;
        }

        return true;
    }

    /// <summary>Takes the <c>ok</c> of a send.</summary>
    public void Ack(long sentAt, long now)
    {
        Acked++;
        AckLatency.Record(now - sentAt);
    }

    /// <summary>Takes an answer to nothing.</summary>
    public void StrayAck() => StrayAcks++;

    /// <summary>Takes a refusal: that message will come to nobody.</summary>
    public void Refuse(int client, int voice, string reason)
    {
        Refused++;
        _refused[voice]++;
        for (var role = 0; role < Roles; role++)
        {
            _expected[role] -= _reading[role];
        }

        if (_own != OwnMessages.Always)
        {
            _expected[(int)_plan.RoleOf(client)]++;
        }

        RefusalReasons.Add(reason);
    }

    /// <summary>Takes the number of an event where another was next.</summary>
    public void SeqOutOfLine(long seq, long next)
    {
        if (seq > next)
        {
            SeqHoles += seq - next;
        }
        else
        {
            SeqRepeats++;
        }
    }

    /// <summary>Forgets how long things took and begins to measure.</summary>
    public void BeginMeasuring(long now)
    {
        Latency.Clear();
        AckLatency.Clear();
        LastDeliveryAt = now;
    }

    /// <summary>Messages that a client should have got by now.</summary>
    public long Due(int client)
    {
        var voice = _plan.VoiceOf(client);
        return voice < 0 || _own == OwnMessages.Always ? Sent - Refused : Sent - Refused - (_sent[voice] - _refused[voice]);
    }

    /// <summary>Messages that a client should have got and has not. To be asked at the end.</summary>
    public long MissingAt(int client)
    {
        long missing = 0;
        for (var voice = 0; voice < _sent.Length; voice++)
        {
            if (voice != _plan.VoiceOf(client) || _own == OwnMessages.Always)
            {
                // What was refused came to nobody, and so is missing here too.
                missing += Math.Max(0, Check.Missing(client, voice, _sent[voice]) - _refused[voice]);
            }
        }

        return missing;
    }

    private bool Done(LoadRole role) => _delivered[(int)role] >= _expected[(int)role];
}
