using System.Globalization;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Engine;
using Pusher.Cli.Load.Protocols.Mqtt;

namespace Pusher.Cli.Load.Publishing;

/// <summary>Makes the publishing connections of a run.</summary>
internal static class PublishLinks
{
    public static PublishLink[] Create(LoadOptions options, IReadOnlyList<LoadIdentity> devices, MessageLedger ledger)
    {
        var protocols = ProtocolsOf(options, devices);
        return
        [
            .. Enumerable.Range(0, options.Publishers).Select(number =>
                new PublishLink(number, protocols(string.Create(CultureInfo.InvariantCulture, $"{ledger.Run:x}-{number}")), ledger, options.PayloadBytes)),
        ];
    }

    // What all connections share is made once.
    private static Func<string, IPublishProtocol> ProtocolsOf(LoadOptions options, IReadOnlyList<LoadIdentity> devices)
    {
        if (options.Publish!.Kind == PublishKind.Raw)
        {
            var names = RawPublishProtocol.NamesOf(devices);
            return _ => new RawPublishProtocol(names, options.Qos);
        }

        if (options.Publish.Kind == PublishKind.Broker && options.Protocol == LoadProtocol.Mqtt)
        {
            byte[][] topics = [.. devices.Select(d => MqttTopics.Of(d.Device))];
            var topicOfAll = MqttTopics.OfAll(devices[0].Device.Tenant);
            return id => new MqttPublishProtocol(topics, topicOfAll, options.Qos, $"load-publisher-{id}");
        }

        if (options.Publish.Kind == PublishKind.Broker)
        {
            var subjects = NatsTargets.OfClients(devices);
            return id => new NatsPublishProtocol(subjects, id, NatsPublishStyle.Plain);
        }

        var targets = NatsTargets.OfPusher(devices);
        var style = options.Qos == 0 ? NatsPublishStyle.QosZero : NatsPublishStyle.Request;
        return id => new NatsPublishProtocol(targets, id, style, options.Batch > 1 ? new NatsBatch(devices, id, options.Batch, options.Qos) : null);
    }
}
