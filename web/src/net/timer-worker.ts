/** Timers that a hidden page still gets in time: `{ id, ms }` in, `id` back after that. */
self.onmessage = ({ data }: MessageEvent<{ id: number; ms: number }>) => {
  setTimeout(() => self.postMessage(data.id), data.ms);
};
