using Pusher.Up;

return await UpProgram.RunAsync(args).ConfigureAwait(false);
