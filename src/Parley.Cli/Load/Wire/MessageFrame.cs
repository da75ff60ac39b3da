namespace Parley.Cli.Load.Wire;

/// <summary>The frame in which a voice sends all its messages: built once, its digits replaced in place under the mask.</summary>
internal sealed class MessageFrame
{
    private readonly byte[] _frame;
    private readonly uint _mask;
    private readonly int _payload;
    private readonly int _stamp;
    private readonly int[] _numbers;

    /// <param name="text">The payload; each run of eight <c>#</c> stands for the message's number.</param>
    /// <param name="stamp">Where in it the stamp stands.</param>
    /// <param name="mask">The mask.</param>
    public MessageFrame(ReadOnlySpan<byte> text, int stamp, uint mask)
    {
        List<int> numbers = [stamp + Stamp.NumberAt];
        for (var at = 0; text[at..].IndexOf("########"u8) is >= 0 and var next; at += next + Stamp.NumberDigits)
        {
            numbers.Add(at + next);
        }

        _numbers = [.. numbers];
        _stamp = stamp;
        _mask = mask;
        _frame = ClientFrame.Make(ClientFrame.Text, text, mask);
        _payload = _frame.Length - text.Length;
    }

    /// <summary>The frame of the message of that number, sent now. Good until the next call.</summary>
    public ReadOnlySpan<byte> Fill(uint number, long now)
    {
        foreach (var at in _numbers)
        {
            Put(at, Stamp.NumberDigits, number);
        }

        Put(_stamp + Stamp.TimeAt, Stamp.TimeDigits, now);
        return _frame;
    }

    private void Put(int at, int digits, long value)
    {
        for (var i = at + digits - 1; i >= at; i--, value /= 10)
        {
            _frame[_payload + i] = (byte)(('0' + (value % 10)) ^ ClientFrame.MaskAt(_mask, i));
        }
    }
}
