using Pusher.Cli;

return await CommandLine.RunAsync(args);
