using Parley.Protocol;

namespace Parley.Server.Storage;

/// <summary>The store cannot do what was asked.</summary>
/// <param name="code"><see cref="ErrorCode.Quota"/> when the disk is full, <see cref="ErrorCode.ReadOnly"/>, <see cref="ErrorCode.Busy"/>, or <see cref="ErrorCode.Internal"/>.</param>
/// <param name="message">One line: what is wrong and what to do.</param>
/// <param name="innerException">What the database said.</param>
/// <param name="takesNoWrites">See <see cref="TakesNoWrites"/>.</param>
public sealed class StoreException(ErrorCode code, string message, Exception? innerException = null, bool takesNoWrites = false)
    : Exception(message, innerException)
{
    /// <summary>True when it lies with the disk or the file and not with what was asked: every write fails until that is mended.</summary>
    public bool TakesNoWrites { get; } = takesNoWrites;

    /// <summary>What to tell a client whose write failed.</summary>
    public ErrorCode Code { get; } = code;
}
