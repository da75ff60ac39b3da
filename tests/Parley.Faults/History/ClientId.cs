namespace Parley.Faults.History;

/// <summary>One device of one user, over all its connections.</summary>
/// <param name="User">The user's name.</param>
/// <param name="Device">Which of its devices.</param>
public readonly record struct ClientId(string User, int Device = 1)
{
    public override string ToString() => Device == 1 ? User : $"{User}/{Device}";
}
