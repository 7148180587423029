// Which browser the journeys and the bench drive, and with which flags.
import { existsSync } from 'node:fs';

/** The engine without windows: what Playwright brings for tests as well, and half the work of a whole browser. */
const headlessShells = ['/usr/bin/chromium-headless-shell'];
const browsers = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Nothing that phones home; and no sandbox for root, whom Chromium refuses one. */
const args = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
];

/** A whole browser installed on this machine; undefined leaves the choice to Playwright's own. */
export function findChromium() {
  return first([process.env.PORTHOLE_CHROMIUM, ...browsers]);
}

export function findHeadlessShell() {
  return first([process.env.PORTHOLE_CHROMIUM, ...headlessShells]);
}

/** For Playwright's `launch`: whatever starts soonest. */
export function headlessOptions() {
  const executablePath = findHeadlessShell() ?? findChromium();
  return { args, ...(executablePath ? { executablePath } : {}) };
}

/** For what only a whole browser has, such as installing apps. */
export function browserOptions() {
  const executablePath = findChromium();
  return { args, ...(executablePath ? { executablePath } : { channel: 'chromium' }) };
}

/** @param {(string | undefined)[]} candidates */
function first(candidates) {
  return candidates.find((path) => path && existsSync(path));
}
