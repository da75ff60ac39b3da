namespace Parley.Cli.Load;

/// <summary>What had been done, and used, at some moment.</summary>
/// <param name="At">When, in nanoseconds of the run's clock.</param>
/// <param name="Sent">Messages sent.</param>
/// <param name="Delivered">Messages that listeners got.</param>
/// <param name="Elsewhere">Messages that others got.</param>
/// <param name="OwnCpu">Processor seconds of this process.</param>
/// <param name="EngineCpu">Processor seconds of the engine's thread.</param>
/// <param name="EngineWaited">Seconds for which the engine's thread was ready to run and had no processor; 0 if not known.</param>
/// <param name="Server">What the server had used, if it can be seen.</param>
internal readonly record struct LoadMark(
    long At, long Sent, long Delivered, long Elsewhere, double OwnCpu, double EngineCpu, double EngineWaited, ServerUsage? Server);
