// Journeys in a real browser, two at a time: two cores are usual, and a journey waits for a fifth of its time.
import { defineConfig } from '@playwright/test';
import { headlessOptions } from './scripts/chromium.mjs';

export default defineConfig({
  testDir: 'journeys',
  outputDir: 'results/browser',
  workers: 2,
  fullyParallel: true,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: 'results/browser.json' }]],
  use: {
    // Actions and network only: pictures of every step, with a terminal drawn in the DOM, take three times as long.
    trace: { mode: 'retain-on-failure', snapshots: false, screenshots: false },
    screenshot: 'only-on-failure',
    // It loads all of the app once more on each device: journeys in which it has work to do allow it.
    serviceWorkers: 'block',
    // Spinners are drawn sixty times a second, without a GPU: journeys about how things stand and move allow it.
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: headlessOptions(),
  },
});
