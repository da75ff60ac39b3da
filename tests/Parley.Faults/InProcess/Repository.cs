namespace Parley.Faults.InProcess;

/// <summary>Where the repository is that these tests were built from.</summary>
internal static class Repository
{
    /// <summary>Its folder.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Parley.slnx")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("Parley.slnx is in no folder above the tests.");
        }

        return folder.FullName;
    }
}
