/**
 * What a journey starts from: a built server with its owner, a home folder that is nobody's, and devices that people
 * open. Every test has a server of its own, so that none sees what another left.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, test as base, devices, expect, type Page } from '@playwright/test';
import type { Role } from '@porthole/shared';
import { endpoints, type Me } from '@porthole/shared/http';
import { Api, becomeOwner } from './lib/api.ts';
import { type Cable, layCable } from './lib/cable.ts';
import { Screen } from './lib/screen.ts';
import { type Server, startServer } from './lib/server.ts';
import { makeTerminal, makeWorkspace, type World } from './lib/world.ts';

export { expect } from '@playwright/test';
export { OWNER } from './lib/api.ts';
export { Screen } from './lib/screen.ts';

/** Where pictures of the screens go, dark and light; without it none are taken. */
const SHOTS = process.env.PORTHOLE_SHOTS;

const KINDS = {
  laptop: { viewport: { width: 1440, height: 900 } },
  pixel: { ...devices['Pixel 7'], defaultBrowserType: undefined },
  /** Its size and touch; the engine is Chromium all the same. */
  iphone: {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 3,
    isMobile: true,
    hasTouch: true,
  },
} as const;
export type Kind = keyof typeof KINDS;

export interface Person {
  name: string;
  email: string;
  password: string;
}

export interface Device {
  context: BrowserContext;
  page: Page;
  screen: Screen;
  /** The address that this device finds the server at. */
  url: string;
}

export interface DeviceOptions {
  kind?: Kind;
  /** Signed in already, as on a device that one uses every day. */
  person?: Person | null;
  /** Through a cable instead of straight to the server. */
  cable?: Cable;
  path?: string;
}

interface Fixtures {
  /** Of a user with a plain prompt and no history. */
  home: string;
  env: Record<string, string>;
  server: Server;
  /** The server has an owner; this is their API. */
  owner: World & { me: Me };
  /** A running local workspace with one terminal. */
  desk: { workspace: string; terminal: string; folder: string; path: string };
  open: (options?: DeviceOptions) => Promise<Device>;
  cable: Cable;
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameters from the pattern
  home: async ({}, use) => {
    const home = await mkdtemp(join(tmpdir(), 'porthole-home-'));
    const rc = "PS1='\\W $ '\nunset PROMPT_COMMAND HISTFILE\nbind 'set bell-style none' 2>/dev/null\n";
    await writeFile(join(home, '.bashrc'), rc);
    await writeFile(join(home, '.bash_profile'), rc);
    await writeFile(
      join(home, '.gitconfig'),
      '[user]\nname = Ana Example\nemail = ana@example.com\n[init]\ndefaultBranch = main\n',
    );
    await mkdir(join(home, '.ssh'), { mode: 0o700 });
    await use(home);
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  },

  env: async ({ home }, use) => {
    await use({ HOME: home, SHELL: '/bin/bash', LANG: 'C.UTF-8', XDG_DATA_HOME: join(home, '.local/share') });
  },

  server: async ({ env }, use) => {
    const server = await startServer({ env });
    await use(server);
    await server.dispose();
  },

  owner: async ({ server }, use) => {
    await use(await becomeOwner(server));
  },

  desk: async ({ owner }, use) => {
    const workspace = await makeWorkspace(owner, { provider: 'local' });
    const terminal = await makeTerminal(owner, workspace.id);
    await use({
      workspace: workspace.id,
      terminal: terminal.id,
      folder: workspace.folder ?? '',
      path: `/w/${workspace.id}/t/${terminal.id}`,
    });
  },

  cable: async ({ server }, use) => {
    const cable = await layCable(Number(new URL(server.url).port));
    await use(cable);
    await cable.remove();
  },

  open: async ({ browser, server, serviceWorkers }, use, testInfo) => {
    const contexts: BrowserContext[] = [];
    const errors: string[] = [];
    const said: string[] = [];
    await use(async ({ kind = 'laptop', person = null, cable, path = '/' } = {}) => {
      const { defaultBrowserType: _, ...profile } = KINDS[kind] as Record<string, unknown>;
      const context = await browser.newContext({
        ...profile,
        colorScheme: 'dark',
        serviceWorkers,
        locale: 'en-GB',
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      contexts.push(context);
      const url = cable ? server.url.replace(/\d+$/, String(cable.port)) : server.url;
      const page = await context.newPage();
      if (person) {
        const agent = await page.evaluate(() => navigator.userAgent);
        await context.addCookies(await cookiesOf(server, person, agent));
      }
      page.on('pageerror', (error) => errors.push(error.stack ?? String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') said.push(message.text());
      });
      await page.goto(url + path);
      return { context, page, screen: new Screen(page), url };
    });
    await Promise.all(contexts.map((context) => context.close()));
    await testInfo.attach('console', { body: said.join('\n'), contentType: 'text/plain' });
    expect(errors, 'nothing is thrown in a page').toEqual([]);
  },

  // Rows of a terminal are text only where the app cannot use WebGL.
  launchOptions: [
    async ({ launchOptions }, use) => {
      await use({ ...launchOptions, args: [...(launchOptions.args ?? []), '--disable-3d-apis'] });
    },
    { scope: 'worker' },
  ],
});

/** A sign-in of its own, as each device has. */
export async function signIn(server: Server, { email, password }: Person, device?: string): Promise<Api> {
  const api = new Api(server.url, device);
  await api.call(endpoints.signIn, { body: { email, password } });
  return api;
}

async function cookiesOf(server: Server, person: Person, device: string) {
  const { cookie } = await signIn(server, person, device);
  const [name = '', ...value] = cookie.split('=');
  return [
    {
      name,
      value: value.join('='),
      domain: new URL(server.url).hostname,
      path: '/',
      httpOnly: true,
      sameSite: 'Lax' as const,
    },
  ];
}

/** The link of a new invite, as the owner would send it. */
export async function inviteLink({ api, org }: World, role: Role = 'member'): Promise<string> {
  const invite = await api.call(endpoints.createInvite, {
    params: { org },
    body: { role, note: null, days: 7 },
  });
  return new URL(invite.path, api.url).href;
}

/** Somebody who has joined. */
export async function joinAs(world: World, name = 'Bo Example', role: Role = 'member'): Promise<Person> {
  const person = {
    name,
    email: `${randomBytes(4).toString('hex')}@example.com`,
    password: 'a password of some length',
  };
  const secret = decodeURIComponent(new URL(await inviteLink(world, role)).hash.slice(1));
  const api = new Api(world.api.url);
  await api.call(endpoints.acceptInvite, {
    body: { secret: secret.replace(/^secret=/, ''), person },
  });
  return person;
}

/** Pictures of this screen, dark and light, for whoever asked for them. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!SHOTS) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(SHOTS, `${name}-${colorScheme}.png`), animations: 'disabled' });
  }
}
