using System.Runtime.InteropServices;

namespace Parley.Server.Storage.Sqlite;

/// <summary>What a write came to, kept until its batch is committed.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct WriteResult
{
    /// <summary>Of an <see cref="AppendEvent"/>.</summary>
    public AppendOutcome Outcome;

    /// <summary>Of an <see cref="AppendEvent"/>; of the join of an <see cref="EnsureGuest"/>.</summary>
    public long Seq;

    /// <summary>Of an <see cref="AppendEvent"/>.</summary>
    public long Ts;

    /// <summary>The <see cref="RoomRow"/> of a <see cref="CreateRoom"/>, the <see cref="UserRow"/> of an <see cref="EnsureGuest"/>.</summary>
    public object? Row;

    /// <summary>Tells the write.</summary>
    public readonly void ApplyTo(StoreWrite write)
    {
        switch (write)
        {
            case AppendEvent append:
                append.Outcome = Outcome;
                append.Seq = Seq;
                append.Ts = Ts;
                break;
            case CreateRoom create:
                create.Created = (RoomRow?)Row;
                break;
            case EnsureGuest ensure:
                ensure.User = (UserRow?)Row;
                ensure.JoinSeq = Seq;
                break;
        }
    }

    /// <summary>Makes the write look as never tried; its time stays.</summary>
    public static void TakeBackFrom(StoreWrite write)
    {
        switch (write)
        {
            case AppendEvent append:
                append.Outcome = AppendOutcome.None;
                append.Seq = 0;
                break;
            case CreateRoom create:
                create.Created = null;
                break;
            case EnsureGuest ensure:
                ensure.User = null;
                ensure.JoinSeq = 0;
                break;
        }
    }
}
