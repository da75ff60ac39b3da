using Microsoft.Extensions.Time.Testing;
using Parley.Protocol;

namespace Parley.Client.Tests.State;

public sealed class FileClientStateTests : ClientStateContract, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("parley-client-").FullName;

    private string FilePath => Path.Combine(folder, "sub", "state.json");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Only_the_owner_may_read_the_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes.");
        await using var state = new FileClientState(FilePath);
        state.SetCursor("lobby", new Cursor("e1", 1));
        await state.FlushAsync(TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        }
    }

    [Fact]
    public async Task Changes_are_written_together_after_the_delay()
    {
        var clock = new FakeTimeProvider();
        await using var state = new FileClientState(FilePath, TimeSpan.FromMilliseconds(250), clock);
        state.SetCursor("lobby", new Cursor("e1", 1));
        clock.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(File.Exists(FilePath));
        state.SetCursor("lobby", new Cursor("e1", 2));
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, new FileClientState(FilePath).Load().Cursors["lobby"].Seq);
    }

    [Fact]
    public async Task Disposing_writes_what_is_not_written_yet()
    {
        await using (var state = new FileClientState(FilePath, TimeSpan.FromHours(1), new FakeTimeProvider()))
        {
            state.AddUnsent(new UnsentMessage("lobby", "a", "x"));
        }

        Assert.Single(new FileClientState(FilePath).Load().Unsent);
    }

    [Fact]
    public void A_file_that_cannot_be_understood_is_set_aside()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, "{ not json");
        Assert.Empty(new FileClientState(FilePath).Load().Cursors);
        Assert.Equal("{ not json", File.ReadAllText(FilePath + ".bad"));
    }

    [Fact]
    public async Task A_folder_that_takes_no_file_is_reported_by_flush_and_costs_nothing_held()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "sub"), "in the way", TestContext.Current.CancellationToken);
        var state = new FileClientState(FilePath, TimeSpan.FromHours(1), new FakeTimeProvider());
        state.SetCursor("lobby", new Cursor("e1", 1));
        await Assert.ThrowsAnyAsync<IOException>(() => state.FlushAsync(TestContext.Current.CancellationToken).AsTask());
        File.Delete(Path.Combine(folder, "sub"));
        await state.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, new FileClientState(FilePath).Load().Cursors["lobby"].Seq);
    }

    [Fact]
    public void Accounts_and_servers_have_files_of_their_own()
    {
        Assert.NotEqual(FileClientState.PathFor("d", "localhost:1", "ana"), FileClientState.PathFor("d", "localhost:2", "ana"));
        Assert.Equal("d", Path.GetDirectoryName(FileClientState.PathFor("d", "localhost:1", "../../etc/x")));
    }

    protected override IClientState Open() => new FileClientState(FilePath);

    protected override IClientState Reopen(IClientState state) => new FileClientState(FilePath);
}
