using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace Parley.Benchmarks.Tests;

/// <summary>Every benchmark still does what it says; how fast is not judged here.</summary>
[Collection("benchmarks")]
public sealed class BenchmarkTests
{
    public static TheoryData<string, string> Benchmarks
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var type in typeof(BenchmarkConfig).Assembly.GetExportedTypes())
            {
                foreach (var method in type.GetMethods().Where(m => m.IsDefined(typeof(BenchmarkAttribute))))
                {
                    data.Add(type.FullName!, method.Name);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Benchmarks))]
    public void Each_benchmark_runs_with_all_its_parameters(string type, string method)
    {
        var benchmark = typeof(BenchmarkConfig).Assembly.GetType(type, throwOnError: true)!;
        foreach (var values in Combinations(benchmark))
        {
            var instance = Activator.CreateInstance(benchmark)!;
            foreach (var (property, value) in values)
            {
                property.SetValue(instance, value);
            }

            Setup(benchmark, method)?.Invoke(instance, null);
            try
            {
                benchmark.GetMethod(method)!.Invoke(instance, null);
                benchmark.GetMethod(method)!.Invoke(instance, null);
            }
            finally
            {
                (instance as IDisposable)?.Dispose();
            }
        }
    }

    private static MethodInfo? Setup(Type benchmark, string method) => benchmark.GetMethods().SingleOrDefault(m =>
        m.GetCustomAttribute<GlobalSetupAttribute>() is { } setup && (setup.Targets is not { Length: > 0 } targets || targets.Contains(method)));

    private static IEnumerable<IReadOnlyList<(PropertyInfo Property, object? Value)>> Combinations(Type benchmark)
    {
        IEnumerable<IReadOnlyList<(PropertyInfo, object?)>> combinations = [[]];
        foreach (var property in benchmark.GetProperties())
        {
            if (property.GetCustomAttribute<ParamsAttribute>() is { } values)
            {
                combinations = combinations.SelectMany(one => values.Values.Select(value => (IReadOnlyList<(PropertyInfo, object?)>)[.. one, (property, value)]));
            }
        }

        return combinations;
    }
}
