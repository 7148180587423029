/** Where what is new begins. */
export function UnreadRow() {
  return (
    <div class="flex items-center gap-3 py-0.5 text-xs font-medium text-accent">
      <span class="h-px flex-1 bg-accent/40" />
      New
      <span class="h-px flex-1 bg-accent/40" />
    </div>
  );
}
