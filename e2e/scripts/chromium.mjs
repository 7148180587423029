// Which browser the journeys and the bench drive, and with which flags.
import { existsSync } from 'node:fs';

const candidates = [
  process.env.PORTHOLE_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A browser installed on this machine; undefined leaves the choice to Playwright's own. */
export function findChromium() {
  return candidates.find((path) => path && existsSync(path));
}

/** Nothing that phones home; and no sandbox for root, whom Chromium refuses one. */
export const chromiumArgs = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
];
