using System.Reflection;
using Parley.Cli.Settings;

namespace Parley.Cli.Tests.Settings;

public sealed class SettingsLoaderTests : SettingsTests
{
    [Fact]
    public void Without_anything_written_down_the_defaults_hold()
    {
        var settings = Load().Settings;

        Assert.Equal(["http://127.0.0.1:8080"], settings.Listen);
        Assert.Equal("./data", settings.Data);
        Assert.True(settings.Limits);
        Assert.True(settings.AllowsGuests());
        Assert.Equal(TimeSpan.Zero, settings.Chat.IdleAfter);
        Assert.Equal("lobby", settings.Chat.Room);
        Assert.Equal("full", settings.Storage.Synchronous);
    }

    [Fact]
    public void The_command_line_wins_over_the_environment_and_that_over_the_file()
    {
        File("""{ "Data": "file", "Chat": { "Name": "file", "Room": "file", "IdleAfter": "10s" } }""");
        Environment["PARLEY__Chat__Name"] = "environment";
        Environment["PARLEY__CHAT__ROOM"] = "environment";
        CommandLine.Add(new("Chat:Room", "line", "--room"));

        var settings = Load().Settings;

        Assert.Equal("file", settings.Data);
        Assert.Equal("environment", settings.Chat.Name);
        Assert.Equal("line", settings.Chat.Room);
        Assert.Equal(TimeSpan.FromSeconds(10), settings.Chat.IdleAfter);
    }

    [Fact]
    public void A_list_is_replaced_as_a_whole()
    {
        File("""{ "Listen": ["http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3"], "Hosts": ["a", "b"], "Origins": [] }""");
        Environment["PARLEY__Listen"] = "http://127.0.0.1:4; http://[::1]:4";
        Environment["PARLEY__Origins__0"] = "https://a.example";
        Environment["PARLEY__Origins__1"] = "https://b.example";

        var settings = Load().Settings;

        Assert.Equal(["http://127.0.0.1:4", "http://[::1]:4"], settings.Listen);
        Assert.Equal(["a", "b"], settings.Hosts);
        Assert.Equal(["https://a.example", "https://b.example"], settings.Origins);
    }

    [Fact]
    public void Every_kind_of_value_is_read_from_the_file()
    {
        File("""
            {
              // A comment is fine.
              "Limits": "off", "Echo": true, "Guests": "DENY", "Certificate": null,
              "Chat": { "Plain": "on" },
              "Storage": { "Synchronous": "normal", "Readers": 8 },
            }
            """);

        var settings = Load().Settings;

        Assert.False(settings.Limits);
        Assert.True(settings.Echo);
        Assert.Equal(GuestAccess.Deny, settings.Guests);
        Assert.Null(settings.Certificate);
        Assert.True(settings.Chat.Plain);
        Assert.Equal("normal", settings.Storage.Synchronous);
        Assert.Equal(8, settings.Storage.Readers);
    }

    [Fact]
    public void An_empty_variable_counts_as_not_set()
    {
        Environment["PARLEY__Chat__Name"] = "";
        Assert.Null(Load().Settings.Chat.Name);
    }

    [Fact]
    public void Another_file_can_be_named()
    {
        File("""{ "Data": "default" }""");
        File("""{ "Data": "other" }""", "other.json");
        Assert.Equal("other", Load("other.json").Settings.Data);
    }

    [Theory]
    [InlineData("""{ "Lisen": "x" }""", "parley.json: unknown setting \"Lisen\"; did you mean Listen?")]
    [InlineData("""{ "Chat": { "Nam": "x" } }""", "parley.json: unknown setting \"Chat:Nam\"; did you mean Chat:Name?")]
    [InlineData("""{ "Chat": "x" }""", "parley.json: \"Chat\" is a section, not a setting; its settings: Chat:Url, ")]
    [InlineData("""{ "Data": { "Folder": "x" } }""", "parley.json: unknown setting \"Data:Folder\"; allowed: Listen, Data, ")]
    [InlineData("""{ "Storage": { "Whatever": 1 } }""", "parley.json: unknown setting \"Storage:Whatever\"; allowed: Storage:Synchronous, ")]
    [InlineData("""{ "Guests": "maybe" }""", "parley.json: Guests cannot be \"maybe\"; allowed: auto or allow or deny")]
    [InlineData("""{ "Guests": 1 }""", "parley.json: Guests cannot be \"1\"; allowed: auto or allow or deny")]
    [InlineData("""{ "Echo": "perhaps" }""", "parley.json: Echo cannot be \"perhaps\"; allowed: on or off")]
    [InlineData("""{ "Chat": { "IdleAfter": 30 } }""", "parley.json: Chat:IdleAfter cannot be \"30\"; allowed: a duration such as 500ms, 30s, 5m or 1h, 0 s to 86400 s")]
    [InlineData("""{ "Chat": { "ReplyTimeout": "1h" } }""", "parley.json: Chat:ReplyTimeout cannot be \"1h\"; allowed: a duration such as 500ms, 30s, 5m or 1h, 0.1 s to 600 s")]
    [InlineData("""{ "Storage": { "Readers": 65 } }""", "parley.json: Storage:Readers cannot be \"65\"; allowed: a whole number, 1 to 64")]
    [InlineData("""{ "Storage": { "Readers": 1.5 } }""", "parley.json: Storage:Readers cannot be \"1.5\"; allowed: a whole number, 1 to 64")]
    [InlineData("""{ "Storage": { "Synchronous": "off" } }""", "parley.json: Storage:Synchronous cannot be \"off\"; allowed: full or normal")]
    [InlineData("""{ "Data": "\u001b[2J\nx", "Echo": 2 }""", "parley.json: Echo cannot be \"2\"; allowed: on or off")]
    [InlineData("""{ "\u001b[2J\n": 1 }""", "parley.json: unknown setting \"\\u{001B}[2J\\u{000A}\"; allowed: ")]
    [InlineData("""{ "Data": "a", "Data": "b" }""", "\"parley.json\" is not valid JSON")]
    [InlineData("{\n  \"Data\": \"a\"\n  \"Echo\": true\n}", "\"parley.json\" is not valid JSON: look at line 3")]
    [InlineData("[]", "\"parley.json\" must hold one JSON object")]
    [InlineData("", "\"parley.json\" is not valid JSON")]
    public void What_the_file_cannot_say_is_told_in_one_line(string json, string expected)
    {
        File(json);
        Assert.StartsWith(expected, Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_line_names_the_variable()
    {
        Environment["PARLEY__Chat__IdleAfter"] = "soon";
        Assert.StartsWith("PARLEY__Chat__IdleAfter: Chat:IdleAfter cannot be \"soon\"", Refusal(), StringComparison.Ordinal);

        Environment.Clear();
        Environment["PARLEY__Colour"] = "red";
        Assert.StartsWith("PARLEY__Colour: unknown setting \"Colour\"", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_line_names_the_option()
    {
        CommandLine.Add(new("Limits", "some", "--limits"));
        Assert.Equal("--limits: Limits cannot be \"some\"; allowed: on or off", Refusal());
    }

    [Fact]
    public void A_named_file_must_be_there() =>
        Assert.StartsWith("\"missing.json\" cannot be read: ", Refusal("missing.json"), StringComparison.Ordinal);

    [Fact]
    public void A_wrong_token_is_not_shown()
    {
        Environment["PARLEY__Chat__Token"] = "hush hush";
        var line = Assert.Throws<SettingsException>(() => ChatRules.Check(Load())).Message;
        Assert.Equal("PARLEY__Chat__Token: Chat:Token cannot have this value; allowed: visible ASCII characters without spaces", line);
    }

    [Fact]
    public void Every_section_of_the_settings_is_in_the_schema()
    {
        var sections = typeof(ParleySettings).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => !property.CanWrite);
        foreach (var section in sections)
        {
            foreach (var key in section.PropertyType.GetProperties().Where(property => property.CanWrite))
            {
                Assert.Contains($"{section.Name}:{key.Name}", SettingsSchema.Default.Paths);
            }
        }
    }
}
