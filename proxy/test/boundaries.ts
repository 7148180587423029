// Who may import whom, as rules over parsed sources. boundaries.test.ts holds the tree to them.
// Invariant: a rule sees sources by their path from the root and knows nothing of the disk.
import { posix } from 'node:path';
import { parseSync } from 'vite';

export type Import = { specifier: string; target: string; typeOnly: boolean };
export type Source = {
  path: string;
  /** Every way to name another module: static, dynamic, re-export, type, require. */
  imports: Import[];
  saysPure: boolean;
  readsEnv: boolean;
  /** Calls that reach for the clock, chance or the world, as written. */
  impure: string[];
};
export type Rule = { name: string; broken: (source: Source, all: Source[]) => string[] };

type Node = { type: string; start: number; end: number; [key: string]: unknown };

export function parse(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const source: Source = { path, imports: [], saysPure: false, readsEnv: false, impure: [] };
  const firstStatement = program.body[0]?.start ?? text.length;
  source.saysPure = comments.some((c) => c.end <= firstStatement && /\bPure:/.test(c.value));
  visit(program as unknown as Node, (node) => inspect(node, source));
  return source;
}

function inspect(node: Node, source: Source): void {
  const specifier = importedBy(node);
  if (specifier !== undefined) {
    const target = resolve(source.path, specifier);
    source.imports.push({ specifier, target, typeOnly: isTypeOnly(node) });
  }
  if (node.type === 'MemberExpression') {
    const name = `${nameOf(node.object)}.${nameOf(node.property)}`;
    if (name === 'process.env') source.readsEnv = true;
    if (impureMembers.has(name)) source.impure.push(name);
  }
  if (node.type === 'CallExpression' && impureCalls.has(nameOf(node.callee)))
    source.impure.push(nameOf(node.callee));
  const bareDate = node.type === 'NewExpression' && nameOf(node.callee) === 'Date';
  if (bareDate && (node.arguments as unknown[]).length === 0) source.impure.push('new Date()');
  if (node.type === 'ImportSpecifier' && nameOf(node.imported) === 'env') {
    if (source.imports.at(-1)?.specifier.endsWith('process')) source.readsEnv = true;
  }
}

const impureMembers = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'crypto.randomUUID',
  'crypto.getRandomValues',
  'process.env',
]);
const impureCalls = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch', 'Date']);

function importedBy(node: Node): string | undefined {
  const literal = (value: unknown) => {
    const { value: text } = (value ?? {}) as { value?: unknown };
    return typeof text === 'string' ? text : undefined;
  };
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ImportExpression':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'TSImportType':
      return literal(node.source);
    case 'TSExternalModuleReference':
      return literal(node.expression);
    case 'CallExpression':
      return nameOf(node.callee) === 'require' ? literal((node.arguments as unknown[])[0]) : undefined;
    default:
      return undefined;
  }
}

function isTypeOnly(node: Node): boolean {
  if (node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type') return true;
  const specifiers = (node.specifiers ?? []) as { importKind?: string; exportKind?: string }[];
  return specifiers.length > 0 && specifiers.every((s) => s.importKind === 'type' || s.exportKind === 'type');
}

function nameOf(node: unknown): string {
  const { type, name } = node as { type?: string; name?: string };
  return type === 'Identifier' && name ? name : '?';
}

function visit(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child && typeof (child as Node).type === 'string') visit(child as Node, see);
    }
  }
}

/** `./x.ts` and `@porthole/x` become paths from the root; a package from the registry stays what it is. */
function resolve(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
  const own = /^@porthole\/(\w+)(?:\/(.*))?$/.exec(specifier);
  return own ? `${own[1]}/src/${own[2] ?? 'index'}.ts` : specifier;
}

// ── where a path belongs ──

const isTest = (path: string) => /\.test\.tsx?$|^(shared|proxy|proxy\/bridge)\/test\/|^e2e\//.test(path);
const isOurs = (target: string) => /^(shared|proxy|web|e2e)\//.test(target);
/** The bridge runs on another machine: it is as far from the proxy as the web app is. */
const realm = (path: string) => (path.startsWith('proxy/bridge/') ? 'bridge' : path.split('/')[0]);
const room = (path: string) => /^(?:proxy|web)\/src\/([^/]+)\//.exec(path)?.[1];

const proxyGround = new Set(['ws', 'http', 'ssh', 'db', 'bus']);
const isProxyFeature = (name: string | undefined) =>
  name !== undefined && name !== 'lib' && !proxyGround.has(name);
const webGround = new Set(['net', 'data', 'lib', 'ui']);
/** The files at the top, main and app, count as features: they know all of them. */
const isWebFeature = (target: string) => target.startsWith('web/src/') && !webGround.has(room(target) ?? '');

/** The types of who is asking: what the guard in `http` makes and every feature is handed. */
const whoAsks = /^proxy\/src\/auth\/actor(\.ts)?$/;
const namedFeatures: [from: RegExp, to: RegExp][] = [
  [/^(terminals|agents|ports)$/, /^proxy\/src\/workspaces\//],
  [/./, /^proxy\/src\/orgs\/permissions(\.ts)?$/],
  [/./, /^proxy\/src\/feed\/record(\.ts)?$/],
  [/./, whoAsks],
];

// ── the rules ──

function imports(source: Source, wrong: (imported: Import) => boolean): string[] {
  return source.imports.filter(wrong).map(({ specifier }) => `${source.path} imports ${specifier}`);
}

/** One importer for one library; tests may use it as they need. */
function onlyIn(name: string, library: RegExp, home: RegExp): Rule {
  return {
    name,
    broken: (source) =>
      isTest(source.path) || home.test(source.path)
        ? []
        : imports(source, ({ specifier }) => library.test(specifier)),
  };
}

export const rules: Rule[] = [
  {
    name: '`web`, `proxy` and `e2e` import `shared`; none imports another',
    broken: (source) =>
      imports(source, ({ target }) => {
        return isOurs(target) && realm(target) !== realm(source.path) && realm(target) !== 'shared';
      }),
  },
  {
    name: '`shared` → zod alone: no I/O, neither dom nor node',
    broken: (source) =>
      realm(source.path) !== 'shared' || isTest(source.path)
        ? []
        : imports(source, ({ target }) => !/^(shared\/src\/|zod(\/|$))/.test(target)),
  },
  {
    name: 'in the proxy `main → app → features → {ws, http, ssh, db, bus} → lib`, never upward',
    broken: (source) => {
      const from = room(source.path);
      if (!source.path.startsWith('proxy/src/') || isTest(source.path)) return [];
      return imports(source, ({ target }) => {
        if (!target.startsWith('proxy/src/')) return false;
        if (/^proxy\/src\/main(\.ts)?$/.test(target)) return true;
        if (/^proxy\/src\/app(\.ts)?$/.test(target))
          return !/^proxy\/src\/(main|server)\.ts$/.test(source.path);
        const to = room(target);
        if (from === 'lib') return to !== 'lib';
        return from !== undefined && proxyGround.has(from) && isProxyFeature(to) && !whoAsks.test(target);
      });
    },
  },
  {
    name: 'feature to feature only where named: terminals, agents, ports → workspaces; any → orgs/permissions, feed/record, auth/actor',
    broken: (source) => {
      const from = room(source.path);
      if (!source.path.startsWith('proxy/src/') || isTest(source.path) || !isProxyFeature(from)) return [];
      return imports(source, ({ target }) => {
        const to = target.startsWith('proxy/src/') ? room(target) : undefined;
        if (!isProxyFeature(to) || to === from) return false;
        return !namedFeatures.some(([a, b]) => a.test(from ?? '') && b.test(target));
      });
    },
  },
  onlyIn(
    'ssh2 has one importer: `proxy/src/ssh`, and the embedded server of `local`',
    /^ssh2(\/|$)/,
    /^proxy\/src\/(ssh\/|workspaces\/providers\/local-(sshd|pty))/,
  ),
  onlyIn(
    'Kysely in `db/` and `store.ts` files',
    /^kysely(\/|$)/,
    /^proxy\/src\/(db\/|.*\/([\w-]+-)?store\.ts$)/,
  ),
  onlyIn('database drivers in `db/`', /^(libsql|pg|better-sqlite3)(\/|$)/, /^proxy\/src\/db\//),
  onlyIn(
    'the headless emulator in `terminals/screen*.ts` and `emulator*.ts`',
    /^@xterm\/headless(\/|$)/,
    /^proxy\/src\/terminals\/(screen|emulator)[^/]*\.ts$/,
  ),
  // The proxy's emulator measures characters with the viewers' own table.
  onlyIn(
    'xterm in `web/src/terminals`',
    /^@xterm\/(?!headless)/,
    /^(web\/src\/terminals\/|proxy\/src\/terminals\/emulator[^/]*\.ts$)/,
  ),
  {
    // It runs on machines where nothing else is installed: each package makes the one file larger.
    name: 'the bridge imports `shared`, the ACP SDK, ws, zod/mini and node alone',
    broken: (source) => {
      if (realm(source.path) !== 'bridge' || isTest(source.path)) return [];
      const may = /^(shared\/src\/|proxy\/bridge\/|node:|@agentclientprotocol\/sdk$|ws$|zod\/mini$)/;
      return imports(source, ({ target }) => !may.test(target));
    },
  },
  onlyIn('the ACP SDK in `proxy/bridge`', /^@agentclientprotocol\//, /^proxy\/bridge\//),
  onlyIn('prom-client in `proxy/src/metrics`', /^prom-client(\/|$)/, /^proxy\/src\/metrics\//),
  onlyIn('Dexie in `web/src/data`', /^dexie(\/|$)/, /^web\/src\/data\//),
  {
    name: 'Lucia behind one file in `proxy/src/auth`',
    broken: (source, all) => {
      const users = all.filter(
        (s) => !isTest(s.path) && s.imports.some((i) => /^lucia(\/|$)/.test(i.specifier)),
      );
      if (!users.includes(source)) return [];
      return users.length > 1 || !source.path.startsWith('proxy/src/auth/')
        ? [`${source.path} imports lucia`]
        : [];
    },
  },
  {
    name: '`proxy/src/config.ts` is the only reader of the environment',
    broken: ({ path, readsEnv }) => {
      // The embedded SSH server is a process of its own, and its environment is what its shells inherit.
      const may = /^proxy\/src\/(config|workspaces\/providers\/local-sshd)\.ts$/;
      const bound = path.startsWith('proxy/src/') && !may.test(path) && !isTest(path);
      return bound && readsEnv ? [`${path} reads process.env`] : [];
    },
  },
  {
    name: 'in the web `net`, `data` and `ui` import no feature, and `ui` has no data',
    broken: (source) => {
      const from = source.path.startsWith('web/src/') && !isTest(source.path) ? room(source.path) : undefined;
      if (from === undefined || !webGround.has(from)) return [];
      return imports(source, ({ target }) => {
        if (isWebFeature(target)) return true;
        const to = target.startsWith('web/src/') ? room(target) : undefined;
        return from === 'ui' ? to === 'net' || to === 'data' : to === 'ui';
      });
    },
  },
  {
    name: 'a file named pure imports `shared`, pure files and types only: no clock, no random, no I/O',
    broken: (source, all) => {
      if (!source.saysPure || isTest(source.path)) return [];
      const pure = new Set(all.filter((s) => s.saysPure).map((s) => s.path));
      const allowed = ({ target, typeOnly }: Import) =>
        typeOnly || target.startsWith('shared/src/') || pure.has(target) || pure.has(`${target}.ts`);
      const inShared = realm(source.path) === 'shared';
      const wrong = imports(source, (i) => !allowed(i) && !(inShared && /^zod(\/|$)/.test(i.specifier)));
      return [...wrong, ...source.impure.map((call) => `${source.path} uses ${call}`)];
    },
  },
];

/** Every breach in these sources of this rule, in words. */
export function breaches(rule: Rule, sources: Source[]): string[] {
  return sources.flatMap((source) => rule.broken(source, sources));
}
