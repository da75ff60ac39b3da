using System.Collections;
using Parley.Cli.Settings;

namespace Parley.Cli.Tests.Settings;

/// <summary>A folder for one test's parley.json, and the layers above it.</summary>
public abstract class SettingsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("parley-settings-");

    private protected Hashtable Environment { get; } = [];

    private protected List<SettingEntry> CommandLine { get; } = [];

    private protected string Folder => _folder.FullName;

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected void File(string json, string name = "parley.json") =>
        System.IO.File.WriteAllText(Path.Combine(Folder, name), json);

    private protected LoadedSettings Load(string? file = null) => new SettingsLoader(Environment, Folder).Load(file, CommandLine);

    private protected string Refusal(string? file = null)
    {
        var line = Assert.Throws<SettingsException>(() => Load(file)).Message;
        Assert.DoesNotContain('\n', line);
        return line;
    }
}
