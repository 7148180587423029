/**
 * The settings, each from one environment variable. The only reader of the environment.
 * Invariant: a wrong value stops the start with a message that names its key; what is not listed here is not read.
 */
import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isLoopbackHost } from './lib/network-names.ts';

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface OAuthClient {
  clientId: string;
  clientSecret: string;
  /** Where the provider is; another one for GitHub Enterprise, and in tests. */
  url: string;
}

export interface Config {
  host: string;
  port: number;
  dataFolder: string;
  databaseUrl: string | null;
  /** Where browsers find the server; null on loopback, where any loopback name will do. */
  origin: string | null;
  trustedProxies: BlockList;
  logLevel: (typeof LOG_LEVELS)[number];
  localProvider: (typeof LOCAL_PROVIDER)[number];
  github: OAuthClient | null;
  google: OAuthClient | null;
  /** GitHub, or an Enterprise Server: whose pull requests are looked for. */
  githubUrl: string;
  /** 32 bytes; null: a key file in the data folder. */
  secretKey: Uint8Array | null;
  /** Where machines of workspaces find the server; null: by `origin`, or the loopback for local ones. */
  machineUrl: string | null;
  /** Where the model gateway passes requests on to. */
  upstreams: { anthropic: string; openai: string };
  /** Tokens that an organisation may use in a month; null: no limit. */
  monthlyTokens: number | null;
  /** Who brings it may read `/metrics`; null: nobody may. */
  metricsToken: string | null;
  /** ssh-agent's socket, for hosts that sign in by it. */
  agentSocket: string | null;
  /** The server's own, from which a local workspace takes what a login would have. */
  environment: Env;
  /** Responses and uses of the database are checked at some cost when it is not production. */
  production: boolean;
}

export type Env = Readonly<Record<string, string | undefined>>;

interface Setting {
  /** As the README's table shows it. */
  default: string;
  meaning: string;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const LOCAL_PROVIDER = ['auto', 'on', 'off'] as const;

/** Every variable that the proxy reads, for people. */
export const SETTINGS = {
  HOST: { default: '127.0.0.1', meaning: 'The address to listen on.' },
  PORT: { default: '4000', meaning: 'The port to listen on; 0 takes a free one.' },
  PORTHOLE_ORIGIN: {
    default: 'none: any name of the loopback',
    meaning:
      'Where browsers find the server: `https://porthole.example.com`. Needed when HOST is not the loopback; requests from other origins are refused. `http` only for the loopback.',
  },
  PORTHOLE_DATA: {
    default: '`$XDG_DATA_HOME/porthole` or `~/.local/share/porthole`',
    meaning: 'The data folder (absolute): the SQLite file, the key file, and what providers keep.',
  },
  PORTHOLE_DATABASE_URL: {
    default: 'none: SQLite in the data folder',
    meaning: 'PostgreSQL instead: `postgresql://user:password@host/database`.',
  },
  PORTHOLE_TRUSTED_PROXIES: {
    default: 'none',
    meaning:
      'Reverse proxies whose `X-Forwarded-For` is believed: addresses and networks (`10.0.0.0/8`), separated by commas.',
  },
  PORTHOLE_LOG_LEVEL: {
    default: 'info',
    meaning: `One of ${LOG_LEVELS.join(', ')}. Logs go to stderr as JSON.`,
  },
  PORTHOLE_LOCAL_PROVIDER: {
    default: 'auto',
    meaning:
      'Workspaces on the server itself, as the server’s own user: `on`, `off`, or `auto` (on when HOST is the loopback).',
  },
  PORTHOLE_GITHUB_CLIENT_ID: { default: 'none', meaning: 'Sign-in with GitHub: the OAuth app’s client id.' },
  PORTHOLE_GITHUB_CLIENT_SECRET: { default: 'none', meaning: 'Its secret.' },
  PORTHOLE_GITHUB_URL: { default: 'https://github.com', meaning: 'GitHub Enterprise Server instead.' },
  PORTHOLE_GOOGLE_CLIENT_ID: { default: 'none', meaning: 'Sign-in with Google: the client id.' },
  PORTHOLE_GOOGLE_CLIENT_SECRET: { default: 'none', meaning: 'Its secret.' },
  PORTHOLE_GOOGLE_URL: {
    default: 'Google’s own endpoints',
    meaning: 'One base address for all of them, to try sign-in against a stand-in.',
  },
  PORTHOLE_SECRET_KEY: {
    default: 'the file `secret.key` in the data folder, made at the first start',
    meaning:
      'The key that encrypts stored SSH keys and tokens: 32 bytes in base64 or hex. Losing it loses what it encrypted.',
  },
  PORTHOLE_SECRET_KEY_FILE: { default: 'none', meaning: 'A file that holds that key instead.' },
  PORTHOLE_MACHINE_URL: {
    default: '`PORTHOLE_ORIGIN`; the loopback for local workspaces; otherwise a tunnel through SSH',
    meaning:
      'Where machines of workspaces find this server: agents on them use models through it. Like `http://10.0.0.5:4000`.',
  },
  PORTHOLE_ANTHROPIC_URL: {
    default: 'https://api.anthropic.com',
    meaning: 'Where the model gateway passes on what agents ask of Anthropic.',
  },
  PORTHOLE_OPENAI_URL: {
    default: 'https://api.openai.com',
    meaning: 'Where it passes on what they ask of OpenAI.',
  },
  PORTHOLE_MONTHLY_TOKENS: {
    default: 'none: no limit',
    meaning: 'Tokens that an organisation’s agents may use through the gateway in a month, in and out (UTC).',
  },
  PORTHOLE_METRICS_TOKEN: {
    default: 'none: there is no `/metrics`',
    meaning:
      'What Prometheus brings as `Authorization: Bearer` to read `/metrics`: at least 16 characters (`openssl rand -hex 32`).',
  },
  SSH_AUTH_SOCK: {
    default: 'none',
    meaning: 'The ssh-agent that hosts with "agent" sign-in use: those of the organisation that set-up made.',
  },
  NODE_ENV: {
    default: '`production` with `npm start`',
    meaning: 'Anything but `production` checks every answer against its schema.',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

/** Throws `ConfigError`. */
export function readConfig(env: Env = process.env, home: () => string = homedir): Config {
  const host = text(env, 'HOST') ?? '127.0.0.1';
  if (isIP(host) === 0 && !/^[\w.-]+$/.test(host)) throw wrong('HOST', 'an address or a name', host);
  const origin = readOrigin(env, host);
  return {
    host,
    port: readPort(env),
    dataFolder: readFolder(env, home),
    databaseUrl: readDatabaseUrl(env),
    origin,
    trustedProxies: readNetworks(env),
    logLevel: oneOf(env, 'PORTHOLE_LOG_LEVEL', LOG_LEVELS, 'info'),
    localProvider: oneOf(env, 'PORTHOLE_LOCAL_PROVIDER', LOCAL_PROVIDER, 'auto'),
    github: readOAuth(env, 'PORTHOLE_GITHUB', 'https://github.com'),
    google: readOAuth(env, 'PORTHOLE_GOOGLE', ''),
    githubUrl: readUrl(env, 'PORTHOLE_GITHUB_URL') ?? 'https://github.com',
    secretKey: readSecretKey(env),
    machineUrl: readUrl(env, 'PORTHOLE_MACHINE_URL'),
    upstreams: {
      anthropic: readUrl(env, 'PORTHOLE_ANTHROPIC_URL') ?? 'https://api.anthropic.com',
      openai: readUrl(env, 'PORTHOLE_OPENAI_URL') ?? 'https://api.openai.com',
    },
    monthlyTokens: readTokens(env),
    metricsToken: readMetricsToken(env),
    agentSocket: text(env, 'SSH_AUTH_SOCK'),
    environment: env,
    production: text(env, 'NODE_ENV') === 'production',
  };
}

/** `PORTHOLE_…` keys that nothing reads: most likely a slip of the pen. */
export function unknownSettings(env: Env = process.env): string[] {
  return Object.keys(env).filter((key) => key.startsWith('PORTHOLE_') && !Object.hasOwn(SETTINGS, key));
}

/** An empty value is as good as none. */
const text = (env: Env, name: SettingName): string | null => env[name]?.trim() || null;

const wrong = (name: SettingName, expected: string, found?: string): ConfigError =>
  new ConfigError(`${name} must be ${expected}${found === undefined ? '' : `; it is "${found}"`}.`);

function readPort(env: Env): number {
  const value = text(env, 'PORT') ?? '4000';
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
    throw wrong('PORT', 'a number from 0 to 65535', value);
  return Number(value);
}

function readOrigin(env: Env, host: string): string | null {
  const value = text(env, 'PORTHOLE_ORIGIN');
  if (value === null) {
    if (isLoopbackHost(host)) return null;
    throw new ConfigError(
      `PORTHOLE_ORIGIN must be set when HOST is not the loopback (it is "${host}"): the address at which browsers find this server, like https://porthole.example.com.`,
    );
  }
  const url = URL.canParse(value) ? new URL(value) : null;
  if (!url || !/^https?:$/.test(url.protocol) || `${url.origin}/` !== url.href)
    throw wrong('PORTHOLE_ORIGIN', 'an address like https://porthole.example.com, without a path', value);
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    throw wrong('PORTHOLE_ORIGIN', 'https: browsers keep a sign-in off plain http', value);
  return url.origin;
}

/** Without a slash at its end. */
function readUrl(env: Env, name: SettingName): string | null {
  const value = text(env, name);
  if (value === null) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  const plain = url && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (!plain || !/^https?:$/.test(url.protocol))
    throw wrong(name, 'an address like https://example.com', value);
  return url.href.replace(/\/+$/, '');
}

function readTokens(env: Env): number | null {
  const value = text(env, 'PORTHOLE_MONTHLY_TOKENS');
  if (value === null) return null;
  if (!/^\d{1,15}$/.test(value)) throw wrong('PORTHOLE_MONTHLY_TOKENS', 'a number of tokens', value);
  return Number(value);
}

/** Never repeats the value. */
function readMetricsToken(env: Env): string | null {
  const value = text(env, 'PORTHOLE_METRICS_TOKEN');
  if (value !== null && !/^[\x21-\x7e]{16,256}$/.test(value))
    throw wrong('PORTHOLE_METRICS_TOKEN', '16 to 256 characters without spaces (openssl rand -hex 32)');
  return value;
}

function readFolder(env: Env, home: () => string): string {
  const value = text(env, 'PORTHOLE_DATA');
  if (value !== null) {
    if (!isAbsolute(value)) throw wrong('PORTHOLE_DATA', 'an absolute path', value);
    return value;
  }
  const xdg = env.XDG_DATA_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : join(homeFolder(home), '.local', 'share'), 'porthole');
}

/** A service's user may have none, in the environment or in the machine's user database. */
function homeFolder(home: () => string): string {
  let found = '';
  try {
    found = home();
  } catch {
    // Node throws where the user is in no database.
  }
  if (isAbsolute(found)) return found;
  throw new ConfigError(
    'PORTHOLE_DATA must be set: the user that this server runs as has no home folder to keep its data in.',
  );
}

function readDatabaseUrl(env: Env): string | null {
  const value = text(env, 'PORTHOLE_DATABASE_URL');
  if (value !== null && !/^postgres(ql)?:\/\//.test(value))
    throw wrong('PORTHOLE_DATABASE_URL', 'an address like postgresql://user:password@host/database');
  return value;
}

function readNetworks(env: Env): BlockList {
  const list = new BlockList();
  for (const entry of (text(env, 'PORTHOLE_TRUSTED_PROXIES') ?? '').split(',')) {
    const [address = '', bits, ...rest] = entry.trim().split('/');
    if (address === '') continue;
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const most = family === 'ipv6' ? 128 : 32;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    if (isIP(address) === 0 || prefix < 0 || prefix > most || rest.length > 0)
      throw wrong(
        'PORTHOLE_TRUSTED_PROXIES',
        'addresses or networks like 10.0.0.0/8, with commas between',
        entry.trim(),
      );
    list.addSubnet(address, prefix, family);
  }
  return list;
}

function oneOf<T extends string>(env: Env, name: SettingName, values: readonly T[], fallback: T): T {
  const value = text(env, name) ?? fallback;
  if ((values as readonly string[]).includes(value)) return value as T;
  throw wrong(name, `one of ${values.join(', ')}`, value);
}

function readOAuth(env: Env, prefix: 'PORTHOLE_GITHUB' | 'PORTHOLE_GOOGLE', url: string): OAuthClient | null {
  const clientId = text(env, `${prefix}_CLIENT_ID`);
  const clientSecret = text(env, `${prefix}_CLIENT_SECRET`);
  const base = text(env, `${prefix}_URL`) ?? url;
  if (base !== '' && !URL.canParse(base)) throw wrong(`${prefix}_URL`, 'an address', base);
  if (clientId === null && clientSecret === null) return null;
  if (clientId === null) throw wrong(`${prefix}_CLIENT_ID`, `set together with ${prefix}_CLIENT_SECRET`);
  if (clientSecret === null) throw wrong(`${prefix}_CLIENT_SECRET`, `set together with ${prefix}_CLIENT_ID`);
  return { clientId, clientSecret, url: base.replace(/\/+$/, '') };
}

function readSecretKey(env: Env): Uint8Array | null {
  const file = text(env, 'PORTHOLE_SECRET_KEY_FILE');
  const value = text(env, 'PORTHOLE_SECRET_KEY');
  if (file !== null && value !== null)
    throw new ConfigError('PORTHOLE_SECRET_KEY and PORTHOLE_SECRET_KEY_FILE are both set; one is enough.');
  if (value !== null) return parseKey(value, 'PORTHOLE_SECRET_KEY');
  if (file === null) return null;
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`PORTHOLE_SECRET_KEY_FILE cannot be read: ${(error as Error).message}`);
  }
  return parseKey(content, 'PORTHOLE_SECRET_KEY_FILE');
}

/** Never repeats the value: it may be most of a real key. */
function parseKey(value: string, name: SettingName): Uint8Array {
  const key = /^[0-9a-f]{64}$/i.test(value.trim())
    ? Buffer.from(value.trim(), 'hex')
    : Buffer.from(value.trim(), 'base64');
  if (key.length !== 32) throw wrong(name, '32 bytes in base64 or hex (openssl rand -base64 32)');
  return key;
}
