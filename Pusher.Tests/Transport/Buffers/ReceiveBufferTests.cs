using System.Buffers;
using CsCheck;
using Pusher.Transport.Buffers;
using Xunit;

namespace Pusher.Tests.Transport.Buffers;

public sealed class ReceiveBufferTests
{
    [Fact]
    public void JoinAndKeep_AnyReadsAndAnyConsumption_LosesAndRepeatsNothing() =>
        Gen.Select(Gen.Int[1, 64], Gen.Int[0, 200]).Array[1, 100].Sample(reads =>
        {
            BufferPool pool = new();
            ReceiveBuffer buffer = new(pool, 64);
            BufferChain? kept = null;
            List<byte> sent = [];
            List<byte> taken = [];
            foreach ((int received, int take) in reads)
            {
                for (int i = 0; i < received; i++)
                {
                    sent.Add(buffer.Array[i] = (byte)sent.Count);
                }

                ReadOnlySequence<byte> bytes = buffer.Join(kept, received);
                Assert.Equal(sent.Skip(taken.Count), bytes.ToArray());
                long consumed = Math.Min(take, bytes.Length);
                taken.AddRange(bytes.Slice(0, consumed).ToArray());
                kept = buffer.Keep(kept, received, consumed);
                Assert.Equal(sent.Count - taken.Count, kept?.Length ?? 0);
                Assert.Equal(kept is null ? 0 : 1, pool.ChainsOut);
            }

            Assert.Equal(sent.Take(taken.Count), taken);
        });
}
