using CsCheck;
using Parley.Cli.Load;

namespace Parley.Cli.Tests.Load;

public sealed class LoadPlanTests
{
    private static readonly LoadOptions Options = new()
    {
        Url = new Uri("ws://127.0.0.1:1/ws"),
        Clients = 50,
        Senders = 8,
        Rate = 20,
        Stalled = 5,
        Idle = 7,
        IdleAfter = TimeSpan.FromSeconds(2),
        Churn = 2.5,
    };

    [Fact]
    public void The_same_seed_gives_the_same_plan() => Gen.Int[0, int.MaxValue].Sample(seed =>
        Assert.Equal(Describe(Options with { Seed = seed }), Describe(Options with { Seed = seed })));

    [Fact]
    public void Another_seed_gives_another_plan() =>
        Assert.NotEqual(Describe(Options with { Seed = 1 }), Describe(Options with { Seed = 2 }));

    [Fact]
    public void An_option_changes_only_what_it_is_about()
    {
        var plan = new LoadPlan(Options);
        var busier = new LoadPlan(Options with { Churn = 50 });

        Assert.Equal(Enumerable.Range(0, 58).Select(plan.RoleOf), Enumerable.Range(0, 58).Select(busier.RoleOf));
        Assert.Equal(plan.Turns, busier.Turns);
        Assert.Equal(plan.IdleClients, busier.IdleClients);
    }

    [Fact]
    public void Everybody_has_a_place_and_every_voice_a_number_of_its_own()
    {
        var plan = new LoadPlan(Options);
        var roles = Enumerable.Range(0, Options.Connections).Select(plan.RoleOf).ToList();
        var voices = Enumerable.Range(0, Options.Connections).Select(plan.VoiceOf).Where(voice => voice >= 0);

        Assert.Equal((45, 8, 5, 3), (Count(LoadRole.Listener), Count(LoadRole.Sender), Count(LoadRole.Stalled), Count(LoadRole.Churn)));
        Assert.Equal(Enumerable.Range(0, 15), voices.Order());
        Assert.All(plan.IdleClients, client => Assert.Equal(LoadRole.Listener, plan.RoleOf(client)));
        Assert.Equal(Enumerable.Range(0, 8), plan.Turns.Order());

        int Count(LoadRole role) => roles.Count(one => one == role);
    }

    [Fact]
    public void Senders_begin_within_one_gap_and_the_idle_speak_after_their_silence()
    {
        var plan = new LoadPlan(Options);

        Assert.Equal(50_000_000, plan.Gap);
        Assert.All(Enumerable.Range(0, 8), sender => Assert.InRange(plan.FirstSendAt(sender), 0, plan.Gap - 1));
        var speaking = plan.IdleTurns.Select(plan.SpeaksAt).ToList();
        Assert.Equal(speaking.Order(), speaking);
        Assert.All(speaking, at => Assert.InRange(at, 2_000_000_000, 2_200_000_000));
    }

    [Fact]
    public void Those_who_come_and_go_take_turns_at_the_asked_rate()
    {
        var plan = new LoadPlan(Options);
        var steps = Enumerable.Range(0, 250).Select(number => plan.StepAt(number)).ToList();

        Assert.Equal(steps.OrderBy(step => step.At), steps);
        Assert.InRange(steps[^1].At, 99_000_000_000, 100_000_000_000);
        Assert.Equal([58, 59, 60, 58], steps.Take(4).Select(step => step.Connection));
        Assert.InRange(steps.Count(step => step.SaysGoodbye), 75, 175);
    }

    [Fact]
    public void No_byte_of_a_mask_is_zero() => Gen.Int[0, 9_999].Sample(voice =>
        Assert.DoesNotContain((byte)0, BitConverter.GetBytes(new LoadPlan(Options).MaskOf(voice))));

    private static string Describe(LoadOptions options)
    {
        var plan = new LoadPlan(options);
        return string.Join(
            ' ',
            [
                .. Enumerable.Range(0, options.Connections).Select(i => $"{plan.RoleOf(i)}{plan.VoiceOf(i)}"),
                .. plan.Turns,
                .. Enumerable.Range(0, options.Senders).Select(i => $"{plan.FirstSendAt(i)}/{plan.MaskOf(i)}"),
                .. plan.IdleTurns.Select(plan.SpeaksAt),
                .. Enumerable.Range(0, 20).Select(i => plan.StepAt(i)),
            ]);
    }
}
