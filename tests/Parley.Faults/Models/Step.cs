namespace Parley.Faults.Models;

/// <summary>What a client does.</summary>
internal enum Deed
{
    Send,
    Join,
    Part,
    Create,
    Subscribe,
    Unsubscribe,
    History,
    Who,

    /// <summary>The line vanishes, and the client is back with a cursor.</summary>
    Reconnect,

    /// <summary>Of the line dialect: a message, <c>/me</c>, <c>/last</c>, <c>/nick</c>.</summary>
    Say,
    Act,
    Last,
    Nick,
}

/// <summary>One thing that one client does, by small numbers that index what there is.</summary>
/// <param name="Client">Which client.</param>
/// <param name="Deed">What it does; a deed that its dialect lacks is not done.</param>
/// <param name="Room">In which room.</param>
/// <param name="Number">Cid, seq or count, as the deed needs it.</param>
/// <param name="Text">Which text or name.</param>
internal sealed record Step(int Client, Deed Deed, int Room, int Number, int Text)
{
    private static readonly Deed[] Often =
    [
        Deed.Send, Deed.Send, Deed.Send, Deed.Send, Deed.Say, Deed.Say, Deed.Say, Deed.Join, Deed.Join, Deed.Part, Deed.Create, Deed.Subscribe, Deed.Subscribe,
        Deed.Subscribe, Deed.Unsubscribe, Deed.History, Deed.Who, Deed.Reconnect, Deed.Reconnect, Deed.Act, Deed.Last, Deed.Nick,
    ];

    /// <summary>A sequence of 1 to <paramref name="most"/> steps.</summary>
    public static Step[] Sequence(Random random, int most)
    {
        var steps = new Step[1 + random.Next(most)];
        for (var i = 0; i < steps.Length; i++)
        {
            steps[i] = new Step(
                random.Next(ChatModel.Clients.Count), Often[random.Next(Often.Length)], random.Next(ChatModel.RoomNames.Count + 1), random.Next(10), random.Next(3));
        }

        return steps;
    }
}
