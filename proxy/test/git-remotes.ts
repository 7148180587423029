/** Real git remotes on loopback: a folder, smart HTTP behind a token, and OpenSSH behind a key. */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sshd, startSshd } from './sshd.ts';

/**
 * A bare repository: `trunk` (default) with files that do not compress, so that its pack is sent in many pieces, and
 * `other`. Empty when `commits` is false.
 */
export function makeRemote(folder: string, name: string, commits = true): string {
  const bare = join(folder, `${name}.git`);
  git(['init', '-q', '--bare', '-b', 'trunk', bare]);
  git(['-C', bare, 'config', 'http.receivepack', 'true']);
  if (!commits) return bare;
  const work = join(folder, `${name}-work`);
  git(['clone', '-q', bare, work]);
  mkdirSync(join(work, 'src'));
  for (let index = 0; index < 60; index += 1)
    writeFileSync(join(work, 'src', `${index}.bin`), randomBytes(20_000));
  const as = ['-C', work, '-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  git([...as, 'checkout', '-q', '-b', 'trunk']);
  git([...as, 'add', '.']);
  git([...as, 'commit', '-q', '-m', 'first']);
  git([...as, 'branch', 'other']);
  git([...as, 'push', '-q', 'origin', 'trunk', 'other']);
  return bare;
}

export const git = (args: string[]): string =>
  execFileSync('git', args, { stdio: ['ignore', 'pipe', 'ignore'] })
    .toString()
    .trim();

export const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'porthole-git-'));

/** Every command line on this machine right now: what any other user can see. */
export const commandLines = (): string => execFileSync('ps', ['-eo', 'args', '-ww']).toString();

export interface HttpRemote {
  url: (repository: string) => string;
  /** Seen in process lists while requests were served. */
  seen: () => string;
  /** Half of the next pack is held back until this resolves. */
  hold: (until: Promise<unknown>) => void;
  requests: number;
  close(): Promise<void>;
}

/** An answer larger than that is the pack, not the list of branches. */
const PACK_BYTES = 10_000;

/** git's own `http-backend`, behind Basic authentication. */
export async function startHttpRemote(folder: string, user: string, token: string): Promise<HttpRemote> {
  const expected = `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`;
  let seen = '';
  let held: Promise<unknown> | null = null;
  const remote = { requests: 0 };
  const server = createServer((request, response) => {
    remote.requests += 1;
    seen += commandLines();
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    void backend(folder, request, response, (body) => {
      const until = body.length > PACK_BYTES ? held : null;
      if (until) held = null;
      return until;
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return Object.assign(remote, {
    url: (repository: string) => `http://127.0.0.1:${port}/${repository}.git`,
    seen: () => seen,
    hold: (until: Promise<unknown>) => {
      held = until;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  });
}

/** CGI, as far as git needs it. */
async function backend(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
  holdBack: (body: Buffer) => Promise<unknown> | null,
): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(path),
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      HTTP_GIT_PROTOCOL: request.headers['git-protocol']?.toString() ?? '',
      REMOTE_USER: 'test',
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  const output = Buffer.concat(chunks);
  const end = output.indexOf('\r\n\r\n');
  let status = 200;
  for (const line of output.subarray(0, end).toString().split('\r\n')) {
    const [name = '', value = ''] = line.split(': ');
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  const body = output.subarray(end + 4);
  response.writeHead(status);
  const until = holdBack(body);
  if (until) {
    response.write(body.subarray(0, body.length / 2));
    await until;
    response.end(body.subarray(body.length / 2));
  } else response.end(body);
}

export interface SshRemote {
  url: (repository: string) => string;
  privateKey: string;
  /** Command lines on this machine while git ran, and where the key was. */
  seen: () => string;
  stop(): Promise<void>;
}

/** A git server over OpenSSH that lets in only its own key, and looks at the process list meanwhile. */
export async function startSshRemote(folder: string): Promise<SshRemote> {
  const log = join(folder, 'seen');
  const command = join(folder, 'command');
  writeFileSync(log, '');
  writeFileSync(
    command,
    `#!/bin/sh\nps -eo args -ww >> '${log}'\nexec git-shell -c "$SSH_ORIGINAL_COMMAND"\n`,
  );
  chmodSync(command, 0o755);
  const sshd: Sshd = await startSshd({ config: [`ForceCommand ${command}`] });
  return {
    url: (repository) => `ssh://${sshd.user}@127.0.0.1:${sshd.port}${folder}/${repository}.git`,
    privateKey: sshd.privateKey,
    seen: () => readFileSync(log, 'utf8'),
    stop: () => sshd.stop(),
  };
}

export const removeFolder = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
