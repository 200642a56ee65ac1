using System.Buffers;
using Pusher.Transport;

namespace Pusher.Tests.Transport.Support;

/// <summary>What a test does with input; returns the position up to which it consumed.</summary>
internal delegate SequencePosition ReceiveAction(IReactor reactor, ConnectionId connection, in ReadOnlySequence<byte> bytes);
