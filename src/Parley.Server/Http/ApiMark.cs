namespace Parley.Server.Http;

/// <summary>Marks our endpoints among those of the application that we live in, for the description of the API.</summary>
internal sealed class ApiMark
{
    private ApiMark()
    {
    }

    public static ApiMark Instance { get; } = new();
}
