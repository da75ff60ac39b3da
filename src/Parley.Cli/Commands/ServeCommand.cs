using System.CommandLine;
using Parley.Cli.Settings;

namespace Parley.Cli.Commands;

/// <summary><c>parley serve</c>: the server.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var command = new Command("serve", "Run the server: chat at /ws, the page at /, the API at /api.");
        var options = new SettingOptions(command);
        options.List("--listen", nameof(ParleySettings.Listen), "URL", "An address to listen on; may be repeated. Default: http://127.0.0.1:8080.");
        options.Value("--data", nameof(ParleySettings.Data), "FOLDER", "Where everything is kept. Default: ./data.");
        options.Value("--guests", nameof(ParleySettings.Guests), "allow|deny|auto", "Whether people without an account may enter. Default: auto, only if every address is a loopback address.");
        options.Value("--limits", nameof(ParleySettings.Limits), "on|off", "Rate limits. Default: on; off only on loopback addresses.");
        options.Value("--metrics", nameof(ParleySettings.Metrics), "on|off|auto", "Whether figures are served at /metrics. Default: auto, only if every address is a loopback address.");
        options.List("--host", nameof(ParleySettings.Hosts), "NAME", "A host name that requests may ask for; may be repeated.");
        options.List("--origin", nameof(ParleySettings.Origins), "ORIGIN", "The origin of another web page that may connect; may be repeated.");
        options.Value("--cert", nameof(ParleySettings.Certificate), "FILE", "The certificate for https, PEM.");
        options.Value("--cert-key", nameof(ParleySettings.CertificateKey), "FILE", "The key of the certificate, PEM. Default: in the --cert file.");
        options.Flag("--echo", nameof(ParleySettings.Echo), "A bare WebSocket echo at /echo, for conformance checks.", hidden: true);
        options.Config();
        command.SetAction((parsed, cancellationToken) =>
        {
            var loaded = options.Load(parsed);
            ServeRules.Check(loaded);
            return ServerHost.RunAsync(loaded.Settings, cancellationToken);
        });
        return command;
    }
}
