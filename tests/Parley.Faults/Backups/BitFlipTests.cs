using System.Text;
using Parley.Protocol;
using Parley.Server.Storage;
using Parley.Server.Storage.Sqlite;
using Parley.Server.Storage.Sqlite.Checks;
using Parley.Testing;

namespace Parley.Faults.Backups;

/// <summary>
/// Single bits of a database with a hash chain are flipped. Half of them in what events say (texts, cids, hashes): each must
/// be found. Half of them anywhere in the file: each must be found, or every row of every table must still read as before.
/// </summary>
[Trait(FaultSize.Trait, "bit-flips")]
public sealed class BitFlipTests(ITestOutputHelper output)
{
    private const int Events = 400;

    // Longer rows continue on another page.
    private const int LongPlace = 400;

    [Fact]
    public async Task Every_flipped_bit_that_alters_a_row_is_found()
    {
        var flips = FaultSize.Count(ci: 200);
        var seed = FaultSize.Seed();
        output.WriteLine($"eng/faults bit-flips --count {flips} --seed {seed}");
        var dice = new Random(seed);
        using var data = new TempFolder();
        var places = await FillAsync(data.Path, dice);
        var sound = Path.Combine(data.Path, "parley.db");
        Assert.Empty(DatabaseVerifier.Run(sound).Problems);
        var bytes = await File.ReadAllBytesAsync(sound);
        var dump = DatabaseDump.Read(sound);
        var rows = FindRows(bytes, places);

        var harmless = 0;
        for (var i = 0; i < flips; i++)
        {
            var aimed = i % 2 == 0;
            var (at, length) = aimed ? rows[dice.Next(rows.Count)] : (0, bytes.Length);
            var bit = dice.Next(length * 8);
            harmless += Flip(bytes, (at * 8) + bit, dump, aimed) ? 0 : 1;
        }

        output.WriteLine($"{flips} flips in {bytes.Length / 1024} KB: {flips - harmless} found, {harmless} in bytes that nothing is stored in");
    }

    /// <summary>Where the rows are. One that occurs twice is left out: the other is what a split page left behind, which is no row.</summary>
    private static List<(int At, int Length)> FindRows(byte[] bytes, List<byte[]> places)
    {
        var rows = new List<(int At, int Length)>();
        foreach (var place in places)
        {
            var at = bytes.AsSpan().IndexOf(place);
            if (at >= 0 && bytes.AsSpan(at + 1).IndexOf(place) < 0)
            {
                // What is short is followed by its hash.
                rows.Add((at, place.Length + (place.Length < LongPlace ? EventHash.Length : 0)));
            }
        }

        Assert.True(rows.Count > Events / 4, $"only {rows.Count} rows were found in the file");
        return rows;
    }

    /// <summary>Flips a bit and verifies.</summary>
    /// <returns>Whether it was found; if not, no row has changed.</returns>
    private static bool Flip(byte[] sound, int bit, string dump, bool mustBeFound)
    {
        using var folder = new TempFolder();
        var file = Path.Combine(folder.Path, "flipped.db");
        var flipped = (byte[])sound.Clone();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        File.WriteAllBytes(file, flipped);
        if (!DatabaseVerifier.Run(file).IsSound)
        {
            return true;
        }

        Assert.False(mustBeFound, $"bit {bit} of an event was flipped and not found");
        Assert.True(dump == DatabaseDump.Read(file), $"bit {bit} was flipped and not found, and the rows have changed");
        return false;
    }

    /// <summary>Writes events of all shapes and sizes.</summary>
    /// <returns>Their kinds, cids and texts, as they follow each other in a row.</returns>
    private static async Task<List<byte[]>> FillAsync(string folder, Random dice)
    {
        await using var store = new SqliteEventStore(folder, new StorageOptions { HashChain = true });
        await store.OpenAsync(TestContext.Current.CancellationToken);
        var users = new List<UserRow>();
        foreach (var name in (string[])["ann", "Bob", "Żaneta"])
        {
            var guest = new EnsureGuest { Name = name, Ts = 1 };
            await store.WriteAsync([guest], CancellationToken.None);
            users.Add(guest.User!); // Not null: it was written.
        }

        var rooms = new List<long> { 1 };
        foreach (var name in (string[])["kitchen", "office"])
        {
            var room = new CreateRoom { Name = name, Title = $"The {name} 🐢", UserId = users[0].Id, Ts = 2 };
            await store.WriteAsync([room], CancellationToken.None);
            rooms.Add(room.Created!.Id); // Not null: the name was free.
        }

        var places = new List<byte[]>();
        for (var i = 0; i < Events; i++)
        {
            var write = Next(rooms[dice.Next(rooms.Count)], users[dice.Next(users.Count)].Id, i, dice, places);
            await store.WriteAsync([write], CancellationToken.None);
        }

        return places;
    }

    private static AppendEvent Next(long room, long user, int i, Random dice, List<byte[]> places)
    {
        if (i % 10 == 0)
        {
            return new AppendEvent { RoomId = room, UserId = user, Kind = dice.Next(2) == 0 ? EventKind.Join : EventKind.Part, Ts = 1_000 + i };
        }

        // Some fill pages of their own. The number makes each text's beginning unlike any other's.
        var text = Encoding.UTF8.GetBytes($"#{i:0000}# {(i % 37 == 0 ? new string('é', 6_000) : new string('x', dice.Next(120)))}");
        var cid = i % 3 == 0 ? null : $"cid-{i:0000}-{dice.Next():x8}";
        byte[] place = [.. Encoding.UTF8.GetBytes($"{EventKind.Message}{cid}"), .. text];
        places.Add(place[..Math.Min(place.Length, LongPlace)]);
        return new AppendEvent { RoomId = room, UserId = user, Kind = EventKind.Message, Cid = Cids.BytesOf(cid), Text = text, Ts = 1_000 + i };
    }
}
