// Holds the tree to its boundaries, and holds the rules themselves to made-up breaches.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { breaches, parse, rules, type Source } from './boundaries.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folders = ['shared/src', 'shared/test', 'proxy/src', 'proxy/bridge', 'proxy/test', 'web/src', 'e2e'];

function tree(): Source[] {
  const skipped = /(^|\/)(node_modules|dist|results|scripts)\//;
  return folders.flatMap((folder) => {
    if (!existsSync(join(root, folder))) return [];
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
      .filter((path) => /\.tsx?$/.test(path) && !skipped.test(path))
      .sort()
      .map((path) => parse(path, readFileSync(join(root, path), 'utf8')));
  });
}

describe('the tree keeps its boundaries', () => {
  const sources = tree();

  it('was read', () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.some((source) => source.imports.length > 0)).toBe(true);
  });

  it.each(rules.map((rule) => [rule.name, rule] as const))('%s', (_, rule) => {
    expect(breaches(rule, sources)).toEqual([]);
  });
});

describe('the wire protocol', () => {
  const rows = readFileSync(join(root, 'shared/SPEC.md'), 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, rule = '']) => /^[A-Z]+\d+[a-z]?$/.test(rule));

  it.each(rows.map((cells) => [cells[1], cells[3] ?? ''] as const))(
    '%s says where it is enforced',
    (_, cell) => {
      const files = [...cell.matchAll(/`(shared|proxy|web|bridge)\/([\w/.-]+)`/g)];
      expect(files.length).toBeGreaterThan(0);
      const home = (part = '') => (part === 'bridge' ? 'proxy/bridge' : `${part}/src`);
      const missing = files.filter(([, part, file]) => !existsSync(join(root, home(part), `${file}`)));
      expect(missing.map(([name]) => name)).toEqual([]);
    },
  );

  it('has its rules', () => {
    expect(rows.length).toBeGreaterThan(20);
  });
});

/** For each rule what breaks it, and what comes close and does not: `path: code`. */
const examples: Record<string, { broken: string[]; kept: string[] }> = {
  '`web`, `proxy` and `e2e` import `shared`': {
    broken: [
      `web/src/net/a.ts: import type { App } from '../../../proxy/src/app.ts'`,
      `e2e/fixtures.ts: const { start } = await import('@porthole/proxy/main')`,
      `proxy/bridge/main.ts: import { exec } from '../src/ssh/exec.ts'`,
      `shared/src/a.ts: export * from '@porthole/web'`,
      `proxy/test/harness.ts: import { people } from '../../e2e/fixtures.ts'`,
    ],
    kept: [
      `web/src/net/a.ts: import { Attach } from '@porthole/shared/terminal'`,
      `proxy/bridge/main.ts: import { frame } from '../../shared/src/bridge.ts'`,
      `e2e/fixtures.ts: // import '../proxy/src/main.ts'`,
    ],
  },
  '`shared` → zod alone': {
    broken: [
      `shared/src/a.ts: import { readFileSync } from 'node:fs'`,
      `shared/src/a.ts: export { x } from 'hono'`,
    ],
    kept: [
      `shared/src/a.ts: import * as z from 'zod/mini'`,
      `shared/src/a.ts: import './b.ts'`,
      `shared/test/a.test.ts: import { readFileSync } from 'node:fs'`,
    ],
  },
  'in the proxy `main → app': {
    broken: [
      `proxy/src/lib/a.ts: import { can } from '../orgs/permissions.ts'`,
      `proxy/src/lib/a.ts: import type { Db } from '../db/database.ts'`,
      `proxy/src/ssh/pool.ts: import type { Workspace } from '../workspaces/store.ts'`,
      `proxy/src/feed/record.ts: import { createApp } from '../app.ts'`,
      `proxy/src/app.ts: import { stop } from './main.ts'`,
    ],
    kept: [
      `proxy/src/main.ts: import { createApp } from './app.ts'`,
      `proxy/src/app.ts: import { routes } from './orgs/routes.ts'`,
      `proxy/src/terminals/hub.ts: import { Pool } from '../ssh/pool.ts'`,
      `proxy/src/ssh/pool.ts: import { backoff } from '../lib/backoff.ts'`,
      `proxy/src/http/mount.ts: import type { Actor } from '../auth/actor.ts'`,
      `proxy/test/harness.ts: import { createApp } from '../src/app.ts'`,
    ],
  },
  'feature to feature only where named': {
    broken: [
      `proxy/src/terminals/hub.ts: import { store } from '../agents/store.ts'`,
      `proxy/src/workspaces/supervisor.ts: import type { Hub } from '../terminals/hub.ts'`,
      `proxy/src/auth/routes.ts: import { store } from '../orgs/store.ts'`,
      `proxy/src/presence/channel.ts: type Row = import('../feed/channel.ts').Row`,
    ],
    kept: [
      `proxy/src/terminals/hub.ts: import { start } from '../workspaces/supervisor.ts'`,
      `proxy/src/auth/routes.ts: import { can } from '../orgs/permissions.ts'`,
      `proxy/src/orgs/store.ts: import { record } from '../feed/record.ts'`,
      `proxy/src/orgs/routes.ts: import type { Actor } from '../auth/actor.ts'`,
      `proxy/src/auth/a.test.ts: import { store } from '../orgs/store.ts'`,
    ],
  },
  'ssh2 has one importer': {
    broken: [
      `proxy/src/terminals/hub.ts: import { Client } from 'ssh2'`,
      `proxy/src/workspaces/provider.ts: type Client = import('ssh2').Client`,
      `proxy/src/workspaces/providers/local.ts: const ssh = require('ssh2')`,
    ],
    kept: [
      `proxy/src/ssh/connection.ts: import ssh2 from 'ssh2'`,
      `proxy/src/workspaces/providers/local-sshd.ts: import { Server } from 'ssh2'`,
      `proxy/test/ssh.test.ts: import { Client } from 'ssh2'`,
    ],
  },
  'Kysely in `db/`': {
    broken: [
      `proxy/src/auth/routes.ts: import { sql } from 'kysely'`,
      `proxy/src/auth/restore.ts: import 'kysely'`,
    ],
    kept: [
      `proxy/src/auth/store.ts: import { sql } from 'kysely'`,
      `proxy/src/agents/event-store.ts: import { sql } from 'kysely'`,
      `proxy/src/db/sqlite.ts: import { SqliteDialect } from 'kysely'`,
    ],
  },
  'database drivers in `db/`': {
    broken: [`proxy/src/auth/store.ts: import Database from 'libsql'`],
    kept: [`proxy/src/db/sqlite.ts: import Database from 'libsql'`],
  },
  'the headless emulator': {
    broken: [`proxy/src/terminals/hub.ts: import { Terminal } from '@xterm/headless'`],
    kept: [`proxy/src/terminals/screen-worker.ts: import { Terminal } from '@xterm/headless'`],
  },
  'xterm in `web/src/terminals`': {
    broken: [
      `web/src/ui/button.tsx: const C = () => <p />; import '@xterm/xterm/css/xterm.css'`,
      `web/src/app.tsx: const load = () => import('@xterm/xterm')`,
    ],
    kept: [`web/src/terminals/view.tsx: import { Terminal } from '@xterm/xterm'`],
  },
  'the bridge imports `shared`': {
    broken: [
      `proxy/bridge/main.ts: import { pino } from 'pino'`,
      `proxy/bridge/main.ts: import * as acp from '@agentclientprotocol/sdk/unstable'`,
      `proxy/bridge/text.ts: import { exec } from '../src/ssh/exec.ts'`,
    ],
    kept: [
      `proxy/bridge/main.ts: import { client } from '@agentclientprotocol/sdk'`,
      `proxy/bridge/main.ts: import { FromBridge } from '@porthole/shared/bridge'`,
      `proxy/bridge/scripted/agent.ts: import { say } from '../lines.ts'`,
      `proxy/bridge/main.ts: import WebSocket from 'ws'; import * as z from 'zod/mini'; import 'node:fs'`,
      `proxy/bridge/main.it.test.ts: import { expect } from 'vitest'`,
      `proxy/bridge/test/world.ts: import { bundleBridge } from '../bundle.mjs'`,
    ],
  },
  'the ACP SDK in `proxy/bridge`': {
    broken: [`proxy/src/agents/relay.ts: import type { Stream } from '@agentclientprotocol/sdk'`],
    kept: [`proxy/bridge/main.ts: import { client } from '@agentclientprotocol/sdk'`],
  },
  'prom-client in `proxy/src/metrics`': {
    broken: [`proxy/src/agents/hub.ts: import { Counter } from 'prom-client'`],
    kept: [`proxy/src/metrics/figures.ts: import { Counter } from 'prom-client'`],
  },
  'Dexie in `web/src/data`': {
    broken: [`web/src/workspaces/list.tsx: import { liveQuery } from 'dexie'`],
    kept: [`web/src/data/tables.ts: import Dexie from 'dexie'`],
  },
  'Lucia behind one file': {
    broken: [`proxy/src/http/guard.ts: import { Lucia } from 'lucia'`],
    kept: [`proxy/src/auth/sessions.ts: import { Lucia } from 'lucia'`],
  },
  '`proxy/src/config.ts` is the only reader': {
    broken: [
      `proxy/src/main.ts: const port = process.env.PORT`,
      `proxy/src/lib/a.ts: const { HOME } = process.env`,
      `proxy/src/lib/a.ts: import { env } from 'node:process'`,
    ],
    kept: [
      `proxy/src/config.ts: const port = process.env.PORT`,
      `proxy/src/workspaces/providers/local-sshd.ts: const env = process.env`,
      `proxy/src/lib/a.test.ts: process.env.PORT = '1'`,
      `proxy/src/lib/a.ts: const text = 'process.env'`,
    ],
  },
  'in the web `net`, `data` and `ui`': {
    broken: [
      `web/src/ui/list.tsx: import { row } from '../workspaces/row.tsx'`,
      `web/src/ui/list.tsx: import { db } from '../data/tables.ts'`,
      `web/src/net/socket.ts: import { toast } from '../ui/toast.tsx'`,
      `web/src/data/live.ts: import { App } from '../app.tsx'`,
    ],
    kept: [
      `web/src/ui/list.tsx: import { icon } from './icon.tsx'`,
      `web/src/workspaces/list.tsx: import { List } from '../ui/list.tsx'`,
      `web/src/data/outbox.ts: import { send } from '../net/socket.ts'`,
    ],
  },
  'a file named pure': {
    broken: [
      `proxy/src/terminals/flow.ts: // Pure: who pauses.\nimport { clock } from '../lib/clock.ts'`,
      `proxy/src/terminals/flow.ts: /* Pure: who pauses. */ const now = Date.now()`,
      `web/src/terminals/size.ts: // Pure: whose size.\nsetTimeout(() => {}, 1)`,
      `shared/src/a.ts: // Pure: a fold.\nconst now = new Date()`,
    ],
    kept: [
      `proxy/src/terminals/flow.ts: // Pure: who pauses.\nimport type { Clock } from '../lib/clock.ts'`,
      `proxy/src/terminals/flow.ts: // Pure: who pauses.\nimport { MAX } from '@porthole/shared/flow-limits'`,
      `proxy/src/terminals/flow.ts: // Who pauses.\nconst now = Date.now()`,
      `shared/src/a.ts: // Pure: a fold.\nimport * as z from 'zod/mini'; const then = new Date(0)`,
    ],
  },
};

describe('each rule sees what breaks it', () => {
  const made = (example: string) => {
    const colon = example.indexOf(': ');
    return parse(example.slice(0, colon), example.slice(colon + 2));
  };

  it('every rule has examples', () => {
    const without = rules.filter(({ name }) => !Object.keys(examples).some((key) => name.startsWith(key)));
    expect(without.map(({ name }) => name)).toEqual([]);
    expect(Object.keys(examples)).toHaveLength(rules.length);
  });

  it.each(Object.entries(examples))('%s', (key, { broken, kept }) => {
    const rule = rules.find(({ name }) => name.startsWith(key));
    if (!rule) throw new Error(`No rule is named ${key}`);
    for (const example of broken) expect(breaches(rule, [made(example)]), example).toHaveLength(1);
    for (const example of kept) expect(breaches(rule, [made(example)]), example).toEqual([]);
  });

  it('a second importer of Lucia breaks the rule that there is one', () => {
    const rule = rules.find(({ name }) => name.startsWith('Lucia'));
    const two = ['a', 'b'].map((name) => made(`proxy/src/auth/${name}.ts: import { Lucia } from 'lucia'`));
    expect(rule && breaches(rule, two)).toHaveLength(2);
  });
});
