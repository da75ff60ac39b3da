namespace Parley.Faults.Kills;

/// <summary>Tests with a server process run one after the other: each wants the machine.</summary>
[CollectionDefinition(Collection, DisableParallelization = true)]
public sealed class ServerProcesses
{
    public const string Collection = "server processes";
}
