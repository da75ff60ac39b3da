using Microsoft.Data.Sqlite;
using Parley.Protocol;
using Parley.Server.Storage;
using Parley.Testing;

namespace Parley.Faults.Sabotage;

/// <summary>
/// Stores a message again when it is sent again. The database would not have its cid twice, so the second bears a mark
/// until the database is read.
/// </summary>
internal sealed class ForgetsCids(IEventStore store) : SabotagedStore(store)
{
    private int _marks;

    /// <inheritdoc/>
    public override void Reveal(string dataFolder)
    {
        using var database = new SqliteConnection($"Data Source={Path.Combine(dataFolder, "parley.db")};Pooling=False");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText =
            "DROP INDEX events_by_cid; UPDATE events SET cid = substr(cid, 1, instr(cid, '~') - 1) WHERE instr(cid, '~') > 0";
        command.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    protected override async Task WriteSlowlyAsync(List<StoreWrite> batch, CancellationToken cancellationToken)
    {
        var written = batch.ConvertAll(write =>
            write is AppendEvent { Kind: EventKind.Message } repeated && !IsNew(repeated) ? Copy(repeated, $"{Cids.TextOf(repeated.Cid)}~{++_marks}") : write);
        await Inner.WriteAsync(written, cancellationToken);
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch[i] != written[i])
            {
                var (told, stored) = ((AppendEvent)batch[i], (AppendEvent)written[i]); // Only those were copied.
                (told.Outcome, told.Seq, told.Ts) = (stored.Outcome, stored.Seq, stored.Ts);
                Did();
            }
        }
    }
}
