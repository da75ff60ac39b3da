namespace Parley.Faults.Network;

/// <summary>
/// Dice that fall low: a client waits random(0, min(30 s, 0.5 s · 2^n)) before it dials, and with these it draws at most
/// 0.15 s of the 30. Each of these waits is one that it may draw anyway; and so a run can measure from the moment of the
/// network's return, and can cut a line as often as it likes.
/// </summary>
internal sealed class ShortWaits(int seed) : Random(seed)
{
    private const double Share = 0.005;

    public override double NextDouble() => base.NextDouble() * Share;
}
