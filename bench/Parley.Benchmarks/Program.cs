using BenchmarkDotNet.Running;
using Parley.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(BenchmarkConfig).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, new BenchmarkConfig());
