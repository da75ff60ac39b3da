return await Parley.Cli.Commands.CommandLine.RunAsync(args, Console.Out, Console.Error);
