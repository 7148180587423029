/**
 * The real agents for `proxy/test/agents-real-*`, as people get them: each by the command that its entry shows, into a
 * folder of its own in the user's cache, and started once, so that what does not run here is skipped and fails nothing.
 * Prints the folders with their commands, as PATH has them. Invariants: it ends within `LIMIT_MS`; a folder has its name
 * only once it is whole.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { homedir, tmpdir, totalmem } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { BUILT_IN_AGENTS, type BuiltInAgent } from '@porthole/shared/agents';

const LIMIT_MS = 90_000;
/** They take 1 GiB of disk, and as much again in npm's cache; running ones 400 MB of memory each. */
const FREE_DISK_BYTES = 4 * 1024 ** 3;
const MEMORY_BYTES = 3 * 1024 ** 3;

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'porthole-adapters');
const late = AbortSignal.timeout(LIMIT_MS);
const began = Date.now();

/** Where its command is; null: it is not to be had, which was said. */
async function provide({ name, command, args, install, needs }: BuiltInAgent): Promise<string | null> {
  const version = install?.split(' ').at(-1)?.replaceAll('/', '+') ?? '';
  const folder = join(cache, `${version}-${process.platform}-${process.arch}-${process.versions.modules}`);
  if (existsSync(join(folder, 'bin', command))) return join(folder, 'bin');
  const fresh = `${folder}.${process.pid}`;
  try {
    mkdirSync(fresh, { recursive: true });
    checkRoom(fresh);
    await run('/bin/sh', ['-c', install ?? ''], { ...process.env, ...settings(fresh) });
    await answers(join(fresh, 'bin', command), args, needs);
    // Somebody else may have been quicker: then theirs will do.
    if (!existsSync(folder)) renameSync(fresh, folder);
    console.error(`${name}: ${version} is installed (${Math.round((Date.now() - began) / 1000)} s)`);
    return join(folder, 'bin');
  } catch (error) {
    console.error(`${name}: cannot be had, so its tests are skipped. ${(error as Error).message}`);
    return null;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function checkRoom(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < FREE_DISK_BYTES) throw new Error(`There is too little room in ${cache}.`);
  if (totalmem() < MEMORY_BYTES) throw new Error('This machine has too little memory.');
}

/** npm's. Nothing of these needs a script of a package to have run. */
const settings = (prefix: string) => ({
  ...{ npm_config_prefix: prefix, npm_config_ignore_scripts: 'true', npm_config_prefer_offline: 'true' },
  ...{ npm_config_fetch_retries: '1', npm_config_fetch_timeout: '30000', npm_config_loglevel: 'error' },
  ...{ npm_config_audit: 'false', npm_config_fund: 'false', npm_config_update_notifier: 'false' },
});

/** Throws unless it begins a conversation, or says that it would with another key. */
async function answers(
  program: string,
  args: readonly string[],
  needs: BuiltInAgent['needs'],
): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'porthole-adapter-'));
  const env: NodeJS.ProcessEnv = {
    ...{ PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`, HOME: home },
    ...{ ANTHROPIC_BASE_URL: 'http://127.0.0.1:9', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
    ...Object.fromEntries(needs.map(({ secret }) => [secret, 'none'])),
  };
  const child = spawn(program, args, { env, cwd: home, detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = endOf(child);
  const ask = (id: number, method: string, params: object) =>
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  child.stdin.on('error', () => {});
  const spoke = new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const { id, result, error } = parsed(line);
      if (id === 1) ask(2, 'session/new', { cwd: home, mcpServers: [] });
      if (id !== 2) return;
      if (result || error?.code === -32000) resolve();
      else reject(new Error(`It answers ${line.slice(0, 300)}`));
    });
  });
  try {
    ask(1, 'initialize', { protocolVersion: 1, clientCapabilities: {} });
    await Promise.race([spoke, ended.then((why) => Promise.reject(new Error(`It ends by itself: ${why}`)))]);
  } finally {
    kill(child);
    await ended;
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

function parsed(line: string): { id?: number; result?: object; error?: { code: number } } {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

async function run(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const why = await endOf(child);
  if (why !== '0') throw new Error(`${args.at(-1)}: ${why}, ${said.trim().split('\n')[0]}`);
}

/** How it ended. When it is late it is ended, with what it started. */
function endOf(child: ChildProcess): Promise<string> {
  const tooLate = () => kill(child);
  late.addEventListener('abort', tooLate);
  if (late.aborted) tooLate();
  return new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(late.aborted ? 'it took too long' : (signal ?? `${code}`)));
  }).finally(() => late.removeEventListener('abort', tooLate));
}

function kill({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It was quicker.
  }
}

const installable = BUILT_IN_AGENTS.filter(({ install }) => install !== null);
const folders = await Promise.all(installable.map(provide));
process.stdout.write(folders.filter((folder) => folder !== null).join(delimiter));
