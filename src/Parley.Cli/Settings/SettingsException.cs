namespace Parley.Cli.Settings;

/// <summary>The program was told something it cannot do. The message is one line; the exit code is 2.</summary>
internal sealed class SettingsException : Exception
{
    public SettingsException(string message)
        : base(message)
    {
    }

    public SettingsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
