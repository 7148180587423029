/**
 * The terminal on a page, as a person has it: what its rows say, and keys. Rows are text because the journeys' browser
 * has no WebGL, where the app draws with the DOM; any user without a graphics card sees the same.
 */
import { expect, type Locator, type Page } from '@playwright/test';

export class Screen {
  readonly panel: Locator;
  constructor(readonly page: Page) {
    this.panel = page.locator('[role=tabpanel]:not([inert])');
  }

  /** The part that follows the PTY; `data-stale` while it does not. */
  get pane(): Locator {
    return this.panel.locator('.term-pane');
  }

  get statusBar(): Locator {
    // On a phone it is in the row of tabs.
    return this.page.locator('[role=tabpanel]:not([inert]) .term-bar, [data-status-slot] .term-bar');
  }

  /** The rows in sight, without the blanks at their ends and the empty rows below. */
  async rows(): Promise<string[]> {
    const rows = await this.panel.locator('.xterm-rows > div').allTextContents();
    return rows
      .map((row) => row.replace(/[\s\u00a0]+$/, '').replaceAll('\u00a0', ' '))
      .join('\n')
      .trimEnd()
      .split('\n');
  }

  /** Resolves once it follows the PTY. */
  async current(): Promise<void> {
    await expect(this.pane).not.toHaveAttribute('data-stale', { timeout: 15_000 });
  }

  async prompt(): Promise<void> {
    await this.current();
    await this.shows(/\$$/);
  }

  /** Text anywhere, or a pattern that the rows in sight match as one text. */
  async shows(what: string | RegExp, timeout = 15_000): Promise<void> {
    const rows = expect.poll(async () => (await this.rows()).join('\n'), { timeout, intervals: [50] });
    if (typeof what === 'string') await rows.toContain(what);
    else await rows.toMatch(what);
  }

  async focus(): Promise<void> {
    await this.panel.getByRole('textbox', { name: 'Terminal input' }).focus();
  }

  async type(text: string): Promise<void> {
    await this.focus();
    await this.page.keyboard.type(text);
  }

  /** Types a line, with Enter, and waits for what it prints. */
  async run(line: string, shows?: string | RegExp): Promise<void> {
    await this.type(line);
    await this.page.keyboard.press('Enter');
    if (shows !== undefined) await this.shows(shows);
  }

  /** Pages of what it remembers, from the end up to the one that shows `first`, as one turns them with Shift+PageUp. */
  async pagesFrom(first: string): Promise<string[][]> {
    await this.focus();
    const pages = [await this.rows()];
    while (!pages[0]?.includes(first)) {
      await this.page.keyboard.press('Shift+PageUp');
      await expect.poll(() => this.rows(), { intervals: [20] }).not.toEqual(pages[0]);
      pages.unshift(await this.rows());
    }
    return pages;
  }
}
