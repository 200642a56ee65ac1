using Pusher.Torture;

return await TortureProgram.RunAsync(args).ConfigureAwait(false);
