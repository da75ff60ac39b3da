using CsCheck;
using Parley.Server.Delivery;
using Parley.Server.WebSockets;

namespace Parley.Server.Tests.Delivery;

/// <summary>The window of a room: whatever is in it reads the same from every cursor; what left it is not there.</summary>
public sealed class FrameLogTests
{
    private static readonly DeliveryOptions Options = new() { WindowBytes = 65_536, SegmentBytes = 8_192 };

    private static readonly Gen<int[]> AnyLengths = Gen.OneOf(Gen.Const(0), Gen.Int[1, 200], Gen.Int[1, 200], Gen.Int[4_000, 30_000]).Array[1, 150];

    [Fact]
    public void Any_cursor_in_the_window_reads_exactly_what_was_appended() =>
        Gen.Select(AnyLengths, Gen.Long[0, 1L << 50]).Sample((lengths, head) =>
        {
            var log = new FrameLog(head, Options);
            var payloads = lengths.Select((length, i) => Enumerable.Repeat((byte)i, length).ToArray()).ToList();
            for (var i = 0; i < payloads.Count; i++)
            {
                Assert.Equal(head + i, log.Tail);
                log.Append(head + i + 1, payloads[i]);
            }

            Assert.Null(log.Find(head));
            Assert.Null(log.Find(head + payloads.Count + 1));
            var oldest = Enumerable.Range(1, payloads.Count).First(i => log.Find(head + i) is not null);
            for (var i = oldest; i <= payloads.Count; i++)
            {
                Assert.Equal(Frame(payloads[i - 1]), log.Find(head + i)!.Frames(head + i, head + i).ToArray());
            }

            // From any of them on, the links lead to the end.
            for (var segment = log.Find(head + oldest); segment is not null; segment = segment.Next)
            {
                Assert.True(segment.Next is null ? segment.LastSeq == log.Tail : segment.Next.FirstSeq == segment.LastSeq + 1);
            }
        });

    [Fact]
    public void The_window_holds_as_much_as_it_may_and_not_more() =>
        AnyLengths.Sample(lengths =>
        {
            var log = new FrameLog(0, Options);
            for (var i = 0; i < lengths.Length; i++)
            {
                log.Append(i + 1, new byte[lengths[i]]);
            }

            var first = Enumerable.Range(1, lengths.Length).Select(i => log.Find(i)).First(s => s is not null)!;
            long held = 0;
            var segments = 0;
            for (var segment = first; segment is not null; segment = segment.Next)
            {
                held += segment.Capacity;
                segments++;
            }

            Assert.True(held <= Options.WindowBytes || segments == 1, $"{held} bytes in {segments} segments");
            Assert.True(first.FirstSeq == 1 || held > Options.WindowBytes - 30_100, $"Only {held} bytes are held.");
        });

    [Fact]
    public void A_segment_that_left_the_window_still_leads_on_for_a_cursor_inside_it()
    {
        var log = new FrameLog(0, Options);
        log.Append(1, new byte[100]);
        var held = log.Find(1)!;
        for (var i = 2; i <= 5_000; i++)
        {
            log.Append(i, new byte[100]);
        }

        Assert.Null(log.Find(1));
        long seen = 0;
        for (var segment = held; segment is not null; segment = segment.Next)
        {
            Assert.Equal(seen + 1, segment.FirstSeq);
            seen = segment.LastSeq;
        }

        Assert.Equal(5_000, seen);
    }

    [Fact]
    public void A_segment_that_nobody_holds_is_freed()
    {
        var log = new FrameLog(0, Options);
        var weak = Begin(log);
        for (var i = 2; i <= 5_000; i++)
        {
            log.Append(i, new byte[100]);
        }

        GC.Collect();
        Assert.False(weak.IsAlive);
        GC.KeepAlive(log);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference Begin(FrameLog log)
        {
            log.Append(1, new byte[100]);
            return new WeakReference(log.Find(1));
        }
    }

    private static byte[] Frame(byte[] payload)
    {
        if (payload.Length == 0)
        {
            return [];
        }

        var frame = new byte[FrameWriter.HeaderLength(payload.Length) + payload.Length];
        payload.CopyTo(frame, FrameWriter.WriteHeader(frame, Opcode.Text, payload.Length));
        return frame;
    }
}
