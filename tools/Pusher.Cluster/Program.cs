using Pusher.Cluster;

return await ClusterProgram.RunAsync(args).ConfigureAwait(false);
