using Parley.Protocol;
using Parley.Server.Rooms;
using Parley.Server.Storage;

namespace Parley.Server.Accounts;

/// <summary>What a newcomer shows.</summary>
/// <param name="Token">A bearer token, if any.</param>
/// <param name="GuestName">The name it would like as a guest; null: any.</param>
internal readonly record struct Credentials(string? Token, string? GuestName);

/// <summary>Who a newcomer is, or why it may not enter.</summary>
/// <param name="User">The user; id 0: a visitor that has said nothing yet and is not stored. Null: refused.</param>
/// <param name="Code">Why it was refused.</param>
/// <param name="Message">For people: what was wrong and what to do.</param>
internal readonly record struct Admission(UserRow? User, ErrorCode Code, string Message);

/// <summary>
/// Decides who somebody is. Guests by name for now: a guest's name is its identity, so two connections under one name
/// are two devices of one guest. Sessions know nothing of how it is decided.
/// </summary>
internal sealed class Authenticator(
    IEventStore store, EventWriter writer, ParleyOptions options, TimeProvider time, Random random)
{
    private const string VisitorAlphabet = "abcdefghjkmnpqrstuvwxyz23456789";

    /// <summary>Judges the credentials. A guest with a name is created when it comes for the first time.</summary>
    /// <exception cref="StoreException">The store cannot be written now.</exception>
    public ValueTask<Admission> AdmitAsync(Credentials credentials, CancellationToken cancellationToken) =>
        AdmitAsync(credentials, null, cancellationToken);

    /// <inheritdoc cref="AdmitAsync(Credentials, CancellationToken)"/>
    /// <param name="credentials">What it shows.</param>
    /// <param name="home">The room that a guest becomes a member of when it is created, and only then; null: none.</param>
    /// <param name="cancellationToken">Ends the waiting; the guest may have been created.</param>
    public async ValueTask<Admission> AdmitAsync(Credentials credentials, Room? home, CancellationToken cancellationToken)
    {
        if (credentials.Token is not null)
        {
            return new Admission(null, ErrorCode.Unauthorized, "This server knows no such token.");
        }

        if (!options.GuestsAllowed)
        {
            return new Admission(null, ErrorCode.Unauthorized, "Guests may not enter here; start the server with --guests allow to change that.");
        }

        if (credentials.GuestName is not { } name)
        {
            return new Admission(NewVisitor(), default, "");
        }

        return Names.IsUser(name)
            ? new Admission(await EnsureGuestAsync(name, home, cancellationToken), default, "")
            : new Admission(null, ErrorCode.BadRequest, "A name is 1 to 32 letters, digits, '_', '-' or '.', beginning with a letter or digit.");
    }

    /// <summary>Stores a guest, so that it may write. The same name is the same guest, who comes in also while nothing can be stored.</summary>
    public Task<UserRow> EnsureGuestAsync(string name, CancellationToken cancellationToken) => EnsureGuestAsync(name, null, cancellationToken);

    private async Task<UserRow> EnsureGuestAsync(string name, Room? home, CancellationToken cancellationToken)
    {
        if (await store.ReadUserAsync(name, cancellationToken) is { } known)
        {
            return known;
        }

        var pending = new PendingGuest { Name = name, Home = home, HomeId = home?.Id, Ts = time.GetUtcNow().ToUnixTimeMilliseconds() };
        await writer.AddAsync(pending, cancellationToken);
        return await pending.Result;
    }

    // A label, not a secret.
    private UserRow NewVisitor() => new(0, "guest-" + random.GetString(VisitorAlphabet, 4), "guest");
}
