namespace Parley.Cli.Commands;

/// <summary>What the program tells the shell.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>It was understood, and failed.</summary>
    public const int Failure = 1;

    /// <summary>It was asked for something it cannot do: a wrong option, a wrong setting.</summary>
    public const int Usage = 2;
}
