using CsCheck;
using Pusher.Transport.Buffers;
using Xunit;

namespace Pusher.Tests.Transport.Buffers;

public sealed class BufferChainTests
{
    [Fact]
    public void AppendAndConsume_InAnyOrder_KeepsTheBytesInOrder() =>
        Gen.Int[-20_000, 20_000].Array[1, 60].Sample(steps =>
        {
            BufferPool pool = new();
            BufferChain chain = pool.RentChain();
            Queue<byte> model = new();
            byte next = 0;
            foreach (int step in steps)
            {
                if (step >= 0)
                {
                    byte[] bytes = new byte[step];
                    for (int i = 0; i < step; i++)
                    {
                        model.Enqueue(bytes[i] = next++);
                    }

                    chain.Append(bytes);
                }
                else
                {
                    Take(chain, model, Math.Min(-step, model.Count));
                }

                Assert.Equal(model.Count, chain.Length);
            }

            Take(chain, model, model.Count);
            pool.Return(chain);
            Assert.Equal((0, 0), (pool.SegmentsOut, pool.ChainsOut));
        });

    [Fact]
    public void Advance_BeyondWhatWasGiven_Throws()
    {
        BufferChain chain = new BufferPool().RentChain();
        Assert.Throws<InvalidOperationException>(() => chain.Advance(1));
        int room = chain.GetSpan(10).Length;
        Assert.Throws<InvalidOperationException>(() => chain.Advance(room + 1));
        Assert.Throws<InvalidOperationException>(() => chain.Advance(-1));
    }

    [Fact]
    public void Consume_MoreThanThereIs_Throws()
    {
        BufferChain chain = new BufferPool().RentChain();
        chain.Append([1, 2]);
        Assert.Throws<ArgumentOutOfRangeException>(() => chain.Consume(3));
    }

    private static void Take(BufferChain chain, Queue<byte> model, int count)
    {
        for (int left = count; left > 0;)
        {
            ReadOnlySpan<byte> first = chain.First.Span;
            int now = Math.Min(first.Length, left);
            Assert.True(now > 0, "a chain with bytes has a first part");
            for (int i = 0; i < now; i++)
            {
                Assert.Equal(model.Dequeue(), first[i]);
            }

            chain.Consume(now);
            left -= now;
        }
    }
}
