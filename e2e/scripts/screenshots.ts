/**
 * The README's pictures, from a real server with two people in one terminal: `npx tsx e2e/scripts/screenshots.ts`
 * after `npm run build`. Writes web/public/screenshots.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endpoints } from '@porthole/shared/http';
import { type Browser, chromium, type Page } from 'playwright';
import { Api } from '../lib/api.ts';
import { startServer } from '../lib/server.ts';
import { headlessOptions } from './chromium.mjs';

const OUT = fileURLToPath(new URL('../../web/public/screenshots', import.meta.url));
const ANA = { name: 'Ana Lindqvist', email: 'ana@acme.dev', password: 'correct horse battery' };
const BO = { name: 'Bo Okafor', email: 'bo@acme.dev', password: 'correct horse battery' };

const home = mkdtempSync(join(tmpdir(), 'porthole-home-'));
const env = { HOME: home, SHELL: '/bin/bash', LANG: 'C.UTF-8', FORCE_COLOR: '1' };
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
};

function dotfiles(): void {
  const rc = [
    "PS1='\\[\\e[36m\\]\\W\\[\\e[0m\\] \\[\\e[35m\\]$(git branch --show-current 2>/dev/null)\\[\\e[0m\\] ❯ '",
    'unset PROMPT_COMMAND HISTFILE',
    'alias lg="git log --graph --date=short --pretty=\'%C(yellow)%h%C(reset)%C(auto)%d%C(reset) %s %C(dim)%an%C(reset)\'"',
    'export PAGER=cat GIT_PAGER=cat FORCE_COLOR=1',
  ];
  write('.bashrc', `${rc.join('\n')}\n`);
  write('.bash_profile', '. ~/.bashrc\n');
  write(
    '.gitconfig',
    '[color]\nui = always\n[user]\nname = Ana Lindqvist\nemail = ana@acme.dev\n[advice]\ndetachedHead = false\n',
  );
}

const CASES: Record<string, string[]> = {
  refunds: [
    'pays the same refund once',
    'keeps the first receipt',
    'rejects more than was paid',
    'refunds in parts',
  ],
  rounding: ['rounds half to even', 'never loses a cent over 10,000 payments'],
  currency: ['knows the minor units of 162 currencies', 'refuses to add euros to dollars'],
};

/** A project with a history, in a bare repository as a git host has it. */
function repository(): string {
  const bare = join(home, 'acme', 'payments.git');
  const at = (args: string[], who: typeof ANA, day: number) =>
    execFileSync('git', args, {
      cwd: join(home, 'seed'),
      stdio: 'pipe',
      env: {
        ...process.env,
        ...env,
        GIT_AUTHOR_NAME: who.name,
        GIT_AUTHOR_EMAIL: who.email,
        GIT_COMMITTER_DATE: `2026-11-${10 + day}T10:00:00Z`,
        GIT_AUTHOR_DATE: `2026-11-${10 + day}T10:00:00Z`,
      },
    });
  const commit = (subject: string, who: typeof ANA, day: number) => {
    at(['commit', '--allow-empty', '-qm', subject], who, day);
  };
  write('seed/package.json', '{ "name": "payments", "type": "module" }\n');
  for (const [suite, cases] of Object.entries(CASES)) {
    const tests = cases.map((name) => `  it(${JSON.stringify(name)}, () => {});`);
    write(
      `seed/test/${suite}.test.js`,
      `import { describe, it } from 'node:test';\ndescribe('${suite}', () => {\n${tests.join('\n')}\n});\n`,
    );
  }
  at(['init', '-q', '-b', 'main'], ANA, 0);
  at(['add', '.'], ANA, 0);
  commit('Take payments by card and by bank', ANA, 0);
  commit('Know the minor units of every currency', BO, 1);
  at(['switch', '-qc', 'fix/rounding'], BO, 2);
  commit('Round half to even', BO, 2);
  commit('Prove that no cent is lost', BO, 3);
  at(['switch', '-q', 'main'], ANA, 3);
  commit('Retry webhooks with backoff', ANA, 3);
  at(['merge', '-q', '--no-ff', '-m', 'Merge fix/rounding', 'fix/rounding'], ANA, 4);
  at(['tag', 'v2.3.0'], ANA, 4);
  at(['switch', '-qc', 'feat/refunds'], ANA, 5);
  commit('Make refunds idempotent', ANA, 5);
  commit('Keep the first receipt', BO, 6);
  at(['clone', '-q', '--bare', '.', bare], ANA, 6);
  return `file://${bare}`;
}

async function device(browser: Browser, api: Api, phone: boolean): Promise<Page> {
  const context = await browser.newContext({
    colorScheme: 'dark',
    locale: 'en-GB',
    ...(phone
      ? { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }
      : { viewport: { width: 1440, height: 900 } }),
  });
  const [name = '', value = ''] = api.cookie.split('=');
  await context.addCookies([{ name, value, domain: new URL(api.url).hostname, path: '/' }]);
  return context.newPage();
}

const rows = (page: Page) => page.locator('[role=tabpanel]:not([inert]) .xterm-rows');

async function type(page: Page, text: string): Promise<void> {
  await page.locator('[role=tabpanel]:not([inert]) .xterm-helper-textarea').focus();
  await page.keyboard.type(text);
}

async function main(): Promise<void> {
  dotfiles();
  const url = repository();
  mkdirSync(OUT, { recursive: true });
  const server = await startServer({ env });
  const { args, ...options } = headlessOptions();
  const browser = await chromium.launch({ ...options, args: [...args, '--disable-3d-apis'] });
  try {
    const ana = new Api(server.url);
    const me = await ana.call(endpoints.setUp, {
      body: { code: server.setupCode ?? '', ...ANA, organisation: 'Acme' },
    });
    const org = me.organisations[0]?.id ?? '';
    const invite = await ana.call(endpoints.createInvite, {
      params: { org },
      body: { role: 'member', days: 7 },
    });
    const bo = new Api(server.url);
    const secret = decodeURIComponent(new URL(invite.path, server.url).hash.replace(/^#(secret=)?/, ''));
    await bo.call(endpoints.acceptInvite, { body: { secret, person: BO } });

    const make = async (body: { url?: string; branch?: string; name?: string }) => {
      const made = await ana.call(endpoints.createWorkspace, {
        params: { org },
        body: { provider: 'local', ...body },
      });
      for (;;) {
        const workspace = await ana.call(endpoints.getWorkspace, { params: { workspace: made.id } });
        if (workspace.status === 'running') return workspace;
        if (workspace.status === 'error') throw new Error(JSON.stringify(workspace.error));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await make({ name: 'scratch' });
    const rounding = await make({ url, branch: 'fix/rounding', name: 'fix/rounding' });
    const refunds = await make({ url, branch: 'feat/refunds', name: 'feat/refunds' });
    await ana.call(endpoints.stopWorkspace, { params: { workspace: rounding.id } });
    const terminal = (name: string) =>
      ana.call(endpoints.createTerminal, { params: { workspace: refunds.id }, body: { name } });
    const tests = await terminal('tests');
    await terminal('server');
    const path = `${server.url}/w/${refunds.id}/t/${tests.id}`;

    const phone = await device(browser, bo, true);
    await phone.goto(path);
    await rows(phone).getByText('❯').first().waitFor();
    const laptop = await device(browser, ana, false);
    await laptop.goto(path);
    await laptop.locator('.term-bar').getByText('on Bo’s phone').waitFor();
    await type(phone, 'clear; node --test\r');
    await rows(phone).getByText('duration_ms').last().waitFor();
    await type(phone, 'git push');
    await rows(phone).getByText('git push').last().waitFor();
    await phone.screenshot({ path: join(OUT, 'phone.png'), animations: 'disabled' });

    const fit = laptop.locator('.term-bar').getByRole('button', { name: 'Fit to this screen' });
    await fit.click();
    await type(laptop, '\x15');
    await type(laptop, 'clear; lg\r');
    await rows(laptop).getByText('Take payments by card').waitFor();
    await type(laptop, 'node --test\r');
    await rows(laptop).getByText('duration_ms').last().waitFor();
    await type(phone, 'git push');
    await laptop.locator('.term-bar').getByText('Bo Okafor types').waitFor();
    // Whoever types has the size; the mark of typing stays a moment longer.
    await fit.click();
    await fit.waitFor({ state: 'hidden' });
    await laptop.mouse.move(700, 450);
    await rows(laptop).getByText('git push').last().waitFor();
    await laptop.screenshot({ path: join(OUT, 'laptop.png'), animations: 'disabled' });
  } finally {
    await browser.close();
    await server.dispose();
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  }
}

await main();
