using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Engine;
using Pusher.Cli.Load.Publishing;

namespace Pusher.Cli.Load.Report;

/// <summary>What is known when a run has ended: latencies, the checker's figures, and what they mean.</summary>
internal sealed class LoadSummary(LoadReport report, DeviceFleet fleet, PublishLink[] publishers, LoadOptions options)
{
    public void Add(LoadVerdict verdict)
    {
        AddLatencies(verdict);
        AddVerdict(verdict);
    }

    private void AddLatencies(LoadVerdict verdict)
    {
        report.AddLatency("login", fleet.Login);
        if (verdict.Published == 0)
        {
            return;
        }

        var answers = Latency.NewHistogram();
        foreach (var publisher in publishers)
        {
            answers.Add(publisher.Answers);
        }

        report.AddLatency("answer", answers);
        report.AddLatency("delivery", fleet.Delivery);
        report.AddLatency("fanout_first", fleet.FanoutFirst);
        report.AddLatency("fanout_median", fleet.FanoutMedian);
        report.AddLatency("fanout_last", fleet.FanoutLast);
    }

    private void AddVerdict(LoadVerdict verdict)
    {
        report.Add("disconnects", fleet.Disconnects, "connections that ended by themselves");
        if (publishers.Length == 0)
        {
            return;
        }

        report.Add("published", verdict.Published, "msg");
        report.Add("accepted", verdict.Accepted, "msg");
        report.Add("refused", verdict.Refused, "msg");
        report.Add("unknown", verdict.Unknown, "msg without an answer");
        report.Add("handed", verdict.Handed, "msg");
        report.Add("redelivered", fleet.Redeliveries, "msg, not handed over again");
        report.Add("gaps", fleet.Gaps, "msg that came too early");
        report.Add("skipped", fleet.Skipped, "msg");
        report.Add("resets", fleet.Resets, "streams");
        report.Add("foreign", verdict.Foreign, "msg of another run");
        report.Add("lost", verdict.Lost, "msg");
        report.Add("missed", verdict.Missed, "msg to devices that were away, not promised");
        report.Add("dup_handed", verdict.DuplicatesHanded, "msg");
        report.Add("out_of_order", verdict.OutOfOrder, "msg");
        report.Add("wrong_device", verdict.WrongDevice, "msg");
        report.Add("unexpected", verdict.Unexpected, "msg");
        AddFindings(verdict);
    }

    private void AddFindings(LoadVerdict verdict)
    {
        if (verdict.Lost > 0 && options.Qos == 0 && !options.AllowLoss)
        {
            report.AddProblem($"{verdict.Lost} messages were lost to devices that stayed connected. QoS 0 promises nothing; with --allow-loss this is a figure only.");
        }
        else if (verdict.Lost > 0 && options.Qos > 0)
        {
            report.AddProblem($"{verdict.Lost} accepted messages were not delivered within {options.Drain.TotalSeconds:0} s of the last publish.");
        }

        if (!(verdict with { Lost = 0 }).IsClean)
        {
            report.AddProblem($"The delivery contract was broken: dup_handed={verdict.DuplicatesHanded} out_of_order={verdict.OutOfOrder} wrong_device={verdict.WrongDevice} unexpected={verdict.Unexpected}.");
        }

        if (verdict.Published > 0 && verdict.Accepted == 0)
        {
            report.AddProblem("No message was accepted.");
        }

        if ((verdict.Refused > 0 || verdict.Accepted == 0) && publishers.Select(p => p.Problem).FirstOrDefault(p => p is not null) is { } first)
        {
            report.AddProblem($"{verdict.Refused} messages were refused; the first answer: {first}");
        }
    }
}
