/** What is not needed for what is about to be painted: no script of it is asked for before. */
export function afterPaint(then: () => void): void {
  // A hidden page gets no frames.
  if (document.hidden) setTimeout(then);
  else requestAnimationFrame(() => setTimeout(then));
}
