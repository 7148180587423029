// Runs before the first paint, so that a dark screen never flashes white. The app's own part is settings/theme.ts.
(() => {
  let choice = 'system';
  try {
    choice = localStorage.getItem('porthole.theme') ?? 'system';
  } catch {}
  const dark =
    choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', dark ? '#101216' : '#f7f8f9');
})();
