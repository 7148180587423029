import { render } from 'solid-js/web';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type App, AppContext } from '../app-context.ts';
import { prefer, preferences } from '../terminals/device-preferences.ts';
import { TerminalPanel } from './terminal-panel.tsx';

let dispose = () => {};
beforeEach(() => {
  const mirror = {
    terminals: () => [{ id: 'trm_1', name: 'server', title: null, workspaceId: 'wks_1', number: 1 }],
    workspaces: () => [{ id: 'wks_1', name: 'feat/refunds' }],
  };
  const app = { mirror, shell: { narrow: () => false, platform: 'mac' } } as unknown as App;
  dispose = render(
    () => (
      <AppContext.Provider value={app}>
        <TerminalPanel />
      </AppContext.Provider>
    ),
    document.body,
  );
});
afterEach(() => {
  dispose();
  prefer({ clipboard: [], cursorStyle: 'block', cursorBlink: true });
  document.body.replaceChildren();
});

const control = (selector: string) => document.querySelector<HTMLInputElement>(selector)!;
const rows = () =>
  [...document.querySelectorAll('section[aria-label*=clipboard] li')].map((row) => row.textContent);

it('sets the cursor for this device', () => {
  control('input[value=underline]').click();
  control('input[role=switch]').click();
  expect(preferences()).toMatchObject({ cursorStyle: 'underline', cursorBlink: false });
  expect(JSON.parse(localStorage.getItem('porthole.terminal') ?? '')).toMatchObject({
    cursorStyle: 'underline',
    cursorBlink: false,
  });
});

it('[SE5] lists which terminals may write the clipboard, the latest first, and takes it back', async () => {
  expect(rows()).toEqual([]);
  prefer({ clipboard: ['trm_gone', 'trm_1'] });
  expect(rows()).toEqual([
    expect.stringContaining('serverfeat/refunds'),
    expect.stringContaining('not here'),
  ]);
  const revoke = control('[aria-label="Revoke server"]');
  revoke.focus();
  revoke.click();
  expect(preferences().clipboard).toEqual(['trm_gone']);
  // The button is gone that had the focus: it stays at the list.
  await vi.waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toMatch(/clipboard/));
});
