import { createMemoryHistory, MemoryRouter, Route } from '@solidjs/router';
import { render } from 'solid-js/web';
import { afterEach, expect, it, vi } from 'vitest';
import { SessionContext } from '../app-context.ts';
import type { Session } from './create-session.ts';
import Invite from './invite.tsx';

let dispose = () => {};
afterEach(() => {
  dispose();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

/** A stranger at an invite, on a server with GitHub. */
function show() {
  const sent: { path: string; body: string }[] = [];
  vi.stubGlobal('fetch', async (input: string, init: RequestInit = {}) => {
    const { pathname } = new URL(input, 'http://localhost');
    sent.push({ path: pathname, body: String(init.body ?? '') });
    if (pathname !== '/api/invites/preview') return Response.json({ url: 'https://accounts.example/agree' });
    return Response.json({ organisation: 'Acme', role: 'member', invitedBy: 'Ana', expiresAt: 1 });
  });
  const went = vi.spyOn(window.location, 'assign').mockImplementation(() => {});
  const session = { server: () => ({ oauth: ['github'] }), me: () => null } as unknown as Session;
  const history = createMemoryHistory();
  history.set({ value: '/invite#the-secret' });
  dispose = render(
    () => (
      <SessionContext.Provider value={session}>
        <MemoryRouter history={history}>
          <Route path="/invite" component={Invite} />
        </MemoryRouter>
      </SessionContext.Provider>
    ),
    document.body,
  );
  return { sent, went };
}

const button = (name: string) =>
  vi.waitFor(() => {
    const all = [...document.querySelectorAll<HTMLElement>('button, a')];
    const found = all.find((each) => each.textContent === name);
    if (!found) throw new Error(`no button ${name}`);
    return found;
  });

it('takes the invite along to GitHub, also for who says that they have an account here', async () => {
  const { sent, went } = show();
  (await button('Sign in')).click();
  await vi.waitFor(() => expect(document.querySelector('h1')?.textContent).toBe('Sign in'));
  (await button('Continue with GitHub')).click();
  await vi.waitFor(() => expect(went).toHaveBeenCalledWith('https://accounts.example/agree'));
  const body = JSON.stringify({ invite: 'the-secret', next: '/' });
  expect(sent).toContainEqual({ path: '/api/oauth/github/start', body });
});
