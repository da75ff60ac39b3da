using CsCheck;
using Parley.Server.Delivery;

namespace Parley.Server.Tests.Delivery;

/// <summary>A segment gives back what was appended to it, from any frame and from any byte.</summary>
public sealed class SegmentTests
{
    private static readonly Gen<byte[][]> AnyFrames = Gen.OneOf(Gen.Const(0), Gen.Int[1, 4], Gen.Int[100, 400])
        .SelectMany(length => Gen.Byte.Array[length]).Array[1, 60];

    [Fact]
    public void Any_range_of_frames_is_their_bytes() =>
        Gen.Select(AnyFrames, Gen.Long[1, 1L << 50]).SelectMany(
            pair => Gen.Select(Gen.Const(pair), Gen.Int[0, pair.Item1.Length - 1], Gen.Int[0, pair.Item1.Length - 1])).Sample((pair, a, b) =>
        {
            var (frames, first) = pair;
            var segment = Fill(frames, first);
            var (from, to) = (Math.Min(a, b), Math.Max(a, b));

            Assert.Equal(frames[from..(to + 1)].SelectMany(f => f), segment.Frames(first + from, first + to).ToArray());
            Assert.Equal((frames.Length, first + frames.Length - 1, 0), (segment.Count, segment.LastSeq, segment.Free));
        });

    [Fact]
    public void The_rest_of_a_frame_is_what_a_sink_did_not_take_of_it() =>
        Gen.Select(AnyFrames, Gen.Long[1, 1L << 50]).Where(pair => pair.Item1.Any(f => f.Length > 0)).SelectMany(
            pair => Gen.Select(Gen.Const(pair), Gen.Int[0, pair.Item1.Length - 1], Gen.Int[0, 20_000])).Sample((pair, from, some) =>
        {
            var (frames, first) = pair;
            var segment = Fill(frames, first);
            var all = segment.Frames(first + from, first + frames.Length - 1).Length;
            if (all == 0)
            {
                return;
            }

            var taken = some % all;
            var rest = segment.Rest(first + from, taken, out var seq);

            // The frame in progress is the one that holds the first byte that was not taken.
            var index = from;
            var end = frames[from].Length;
            while (end <= taken)
            {
                end += frames[++index].Length;
            }

            Assert.Equal(first + index, seq);
            Assert.Equal(frames[index][^(end - taken)..], rest.ToArray());
        });

    [Fact]
    public async Task A_reader_never_sees_a_frame_before_it_is_whole()
    {
        var frame = Enumerable.Range(1, 100).Select(i => (byte)i).ToArray();
        for (var round = 0; round < 50; round++)
        {
            var segment = new Segment(1, 100 * 1_000);
            var writing = Task.Run(() =>
            {
                for (var i = 0; i < 1_000; i++)
                {
                    segment.Append(frame.AsSpan(0, 10), frame.AsSpan(10));
                }
            }, TestContext.Current.CancellationToken);
            long seen = 0;
            while (seen < 1_000)
            {
                var last = segment.LastSeq;
                if (last > seen)
                {
                    var bytes = segment.Frames(seen + 1, last).Span;
                    Assert.Equal((last - seen) * 100, bytes.Length);
                    for (var i = 0; i < bytes.Length; i += 100)
                    {
                        Assert.True(bytes.Slice(i, 100).SequenceEqual(frame));
                    }

                    seen = last;
                }
            }

            await writing;
        }
    }

    private static Segment Fill(byte[][] frames, long first)
    {
        var segment = new Segment(first, frames.Sum(f => f.Length));
        foreach (var frame in frames)
        {
            var header = Math.Min(2, frame.Length);
            segment.Append(frame.AsSpan(0, header), frame.AsSpan(header));
        }

        return segment;
    }
}
