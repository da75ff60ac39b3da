namespace Parley.Faults.Simulation;

/// <summary>Plans that have found a defect, which was mended.</summary>
[Trait(FaultSize.Trait, "simulation")]
public sealed class SimulationCases
{
    [Theory]
    [InlineData("a repeat was refused because its sender had left the room since", "1614 0; 23262 Write 1 2 1; 33875 Stall 1 2 68682; 37963 Write 1 1 4; 39735 Part 1 2 0")]
    [InlineData("the same, after the line had gone dark", "2015; 1039 SlowStore 2 0 514; 1420 Write 0 1 2; 1570 Part 2 0 0; 1585 Write 1 2 2; 1721 Part 1 2 0; 3586 GoDark 1 2 0")]
    [InlineData(
        "a device far behind got what was said after its user had left, when the user had come back and left again",
        "501439 3; 146 SlowStore 3 0 160; 1697 WriteLong 4 1 738; 2123 FailReads 4 1 2; 3429 Write 4 1 2; 3662 Part 1 2 0; 3972 Write 2 0 12; 4182 Stall 2 2 18074; 6365 Write 1 1 1")]
    [InlineData("a message was stored behind its author's leaving, which was being committed when it came", "5 1 2 3 4 5; 4154 SlowStore 5 0 1987; 4541 Part 0 1 0; 5722 Write 0 1 3")]
    [InlineData(
        "a message sent after a leaving was stored and those before it were not, because a hello on another connection had brought its author back",
        "532219; 1251 SlowStore 2 2 252; 1493 Part 2 0 0; 1677 Write 2 0 2; 1735 Write 1 0 4; 2780 Cut 2 1 0")]
    [InlineData(
        "a device that asked to leave, and was refused, was not told that another device of its user had left",
        "581649 0 5; 1073 SlowStore 3 0 777; 1358 Crash 5 1 235; 2295 Part 2 1 0; 2946 Cut 2 0 0; 3270 SlowStore 4 2 176; 3896 FailCommits 0 1 2; 4219 Write 1 1 8")]
    public void A_plan_that_failed_once_keeps_every_promise(string defect, string plan)
    {
        var violations = SimulationRun.Play(Plan.Parse(plan)).Violations;
        Assert.True(violations.Count == 0, $"Again, {defect}:\n{string.Join('\n', violations)}");
    }
}
