/** A timeline of 10,000 entries: how soon it is on screen, and the longest task while it is scrolled. */
import { chromium, type Page } from 'playwright';
import type { TimelinePage } from '../lib/timeline-page.ts';
import { headlessOptions } from '../scripts/chromium.mjs';
import { type Row, row } from './report.ts';
import { median } from './stats.ts';

const TURNS = 480;
/** Wheel steps, one in each frame: as fast as a hard fling. */
const STEPS = 30;
const STEP_PX = 700;

interface Api {
  prepare: (options: { turns: number }) => number;
  open: (options: { turns: number }) => Promise<{ ms: number; entries: number }>;
}

export async function timeline(site: TimelinePage | null, quick: boolean): Promise<Row[]> {
  if (!site) return [];
  const browser = await chromium.launch(headlessOptions());
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const opened: number[] = [];
    const longest: number[] = [];
    for (let run = 0; run < (quick ? 2 : 7); run += 1) {
      opened.push(await open(page, site.url));
      // More than once: on a busy machine a frame may wait for somebody else.
      longest.push(await longestTask(page));
      if (!quick) longest.push(await longestTask(page));
    }
    return [
      row('timeline of 10,000 entries, folded and on screen', 'ms', null, median(opened), { atMost: 300 }),
      row('scrolling it, longest task', 'ms', null, Math.min(...longest), { atMost: 50 }),
    ];
  } finally {
    await browser.close();
  }
}

async function open(page: Page, url: string): Promise<number> {
  await page.goto(url);
  const { ms, entries } = await page.evaluate(async (turns) => {
    const { timeline } = window as unknown as { timeline: Api };
    timeline.prepare({ turns });
    return timeline.open({ turns });
  }, TURNS);
  if (entries < 10_000) throw new Error(`${entries} entries are too few`);
  return ms;
}

/** Milliseconds; 0 when no task was longer than what browsers call long, which is 50. */
async function longestTask(page: Page): Promise<number> {
  await page.evaluate(() => {
    const state = { longest: 0 };
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) state.longest = Math.max(state.longest, duration);
    }).observe({ type: 'longtask', buffered: false });
    Object.assign(window, { tasks: state });
  });
  await page.mouse.move(700, 450);
  for (let step = 0; step < STEPS; step += 1) {
    await page.mouse.wheel(0, step < STEPS * 0.75 ? -STEP_PX : STEP_PX);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  }
  return page.evaluate(() => (window as unknown as { tasks: { longest: number } }).tasks.longest);
}
