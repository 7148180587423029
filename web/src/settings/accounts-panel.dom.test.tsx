import { render } from 'solid-js/web';
import { afterEach, expect, it, vi } from 'vitest';
import { type App, AppContext } from '../app-context.ts';
import { AccountsPanel } from './accounts-panel.tsx';

let dispose = () => {};
afterEach(() => {
  dispose();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

interface Sent {
  method: string;
  path: string;
  body: string;
}

/** A person who has linked GitHub. */
function show(hasPassword: boolean) {
  const sent: Sent[] = [];
  vi.stubGlobal('fetch', async (input: string, init: RequestInit = {}) => {
    const { pathname } = new URL(input, 'http://localhost');
    const method = init.method ?? 'GET';
    sent.push({ method, path: pathname, body: String(init.body ?? '') });
    const accounts = [{ provider: 'github', linkedAt: 1 }];
    return Response.json(method === 'POST' ? { url: 'https://accounts.example/agree' } : { accounts });
  });
  const went = vi.spyOn(window.location, 'assign').mockImplementation(() => {});
  const session = {
    server: () => ({ oauth: ['github', 'google'] }),
    me: () => ({ user: { hasPassword } }),
  };
  dispose = render(
    () => (
      <AppContext.Provider value={{ session } as unknown as App}>
        <AccountsPanel />
      </AppContext.Provider>
    ),
    document.body,
  );
  return { sent, went };
}

const button = (name: string) =>
  vi.waitFor(() => {
    const found = document.querySelector<HTMLButtonElement>(`[aria-label="${name}"]`);
    if (!found) throw new Error(`no button ${name}`);
    return found;
  });

it('[SE1] asks who has a password for it before an account elsewhere becomes a way in', async () => {
  const { sent, went } = show(true);
  (await button('Link Google')).click();
  const field = await vi.waitFor(() => {
    const found = document.querySelector<HTMLInputElement>('input[type=password]');
    if (!found) throw new Error('no question');
    return found;
  });
  expect(sent.filter(({ method }) => method === 'POST')).toEqual([]);
  field.value = 'correct horse battery';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.form?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  await vi.waitFor(() => expect(went).toHaveBeenCalledWith('https://accounts.example/agree'));
  const body = JSON.stringify({ password: 'correct horse battery', next: '/settings/profile' });
  expect(sent).toContainEqual({ method: 'POST', path: '/api/me/accounts/google', body });
});

it('links at once for who has none, and unlinks', async () => {
  const { sent, went } = show(false);
  (await button('Link Google')).click();
  await vi.waitFor(() => expect(went).toHaveBeenCalled());
  expect(sent.at(-1)?.body).toContain('"password":null');
  (await button('Unlink GitHub')).click();
  await vi.waitFor(() =>
    expect(sent).toContainEqual({ method: 'DELETE', path: '/api/me/accounts/github', body: '' }),
  );
});
