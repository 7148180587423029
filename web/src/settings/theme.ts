/** Dark, light, or as the system has it. Kept per device; public/theme.js applies the same before the first paint. */
import { createRoot, createSignal } from 'solid-js';

export type ThemeChoice = 'system' | 'light' | 'dark';
const KEY = 'porthole.theme';
const BAR = { dark: '#101216', light: '#f7f8f9' } as const;

const system = matchMedia('(prefers-color-scheme: dark)');
const asChoice = (stored: string | null): ThemeChoice =>
  stored === 'light' || stored === 'dark' ? stored : 'system';
const [choice, setChoice] = createRoot(() => createSignal<ThemeChoice>(asChoice(localStorage.getItem(KEY))));
const [systemDark, setSystemDark] = createRoot(() => createSignal(system.matches));
system.addEventListener('change', () => {
  setSystemDark(system.matches);
  apply();
});
// Chosen in another window of this device.
addEventListener('storage', ({ key, newValue }) => {
  if (key !== KEY) return;
  setChoice(asChoice(newValue));
  apply();
});

export const themeChoice = choice;
export const theme = (): 'dark' | 'light' =>
  choice() === 'system' ? (systemDark() ? 'dark' : 'light') : (choice() as 'dark' | 'light');

export function setTheme(next: ThemeChoice): void {
  setChoice(next);
  localStorage.setItem(KEY, next);
  apply();
}

function apply(): void {
  document.documentElement.dataset.theme = theme();
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', BAR[theme()]);
}
