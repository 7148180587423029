// Loaded into the measured proxy with --expose-gc: on SIGUSR2 it collects garbage, so that what is left is what
// is held, and says so in one line on standard error.
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  setImmediate(() => {
    globalThis.gc?.();
    process.stderr.write(`memory ${JSON.stringify(process.memoryUsage())}\n`);
  });
});
