/**
 * The proxy's side of the embedded SSH server: starts the child when it is first needed, and again after it
 * ended. Invariant: keys are made for each start, travel over the child's own channel and never touch the disk.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Disposable } from '../../lib/disposable.ts';
import { entry } from '../../lib/entry.ts';
import { generateKeyPair } from '../../ssh/keys.ts';
import type { SshTarget } from '../../ssh/target.ts';
import { ProviderError } from '../provider.ts';
import { type Environment, loginEnvironment } from './local-environment.ts';
import type { LocalSshdReady, LocalSshdRequest } from './local-protocol.ts';
import { loginUser } from './local-user.ts';

const START_TIMEOUT_MS = 20_000;
/** It ends within a second or so. */
const STOP_TIMEOUT_MS = 3_000;

export class LocalServer implements Disposable {
  #running: Promise<SshTarget> | null = null;
  #child: ChildProcess | null = null;
  #starts = 0;
  #disposed = false;
  readonly #environment: Environment;

  /** `environment`: the server's own; what a login would have of it goes on to the shells. */
  constructor(environment: Environment) {
    this.#environment = environment;
  }

  target(): Promise<SshTarget> {
    if (this.#disposed) return Promise.reject(startError('the proxy is stopping'));
    this.#running ??= this.#start().catch((error) => {
      this.#running = null;
      throw error;
    });
    return this.#running;
  }

  dispose(): void {
    this.#disposed = true;
    // The child ends itself and all it started when the channel closes.
    if (this.#child?.connected) this.#child.disconnect();
  }

  /** Resolves when the child, and what it had started, has ended. */
  async stop(): Promise<void> {
    this.dispose();
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await once(child, 'exit');
    clearTimeout(timer);
  }

  async #start(): Promise<SshTarget> {
    this.#starts += 1;
    const host = generateKeyPair('porthole-local');
    const client = generateKeyPair('porthole-local');
    const folder = mkdtempSync(join(tmpdir(), 'porthole-'));
    const socketPath = join(folder, 'ssh.sock');
    const { file, execArgv } = entry('local-sshd');
    const env = loginEnvironment(this.#environment, loginUser());
    const child = fork(file, { execArgv, env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child = child;
    child.once('exit', () => {
      rmSync(folder, { recursive: true, force: true });
      if (this.#child !== child) return;
      this.#child = null;
      this.#running = null;
    });
    const request: LocalSshdRequest = {
      socketPath,
      hostPrivateKey: host.privateKey,
      clientPublicKey: client.publicKey,
    };
    const { user } = await readiness(child, request);
    // An idle server must not keep the proxy alive.
    child.unref();
    child.channel?.unref();
    return {
      key: `local:${this.#starts}`,
      address: { socketPath },
      user,
      auth: { kind: 'key', privateKey: client.privateKey },
      hostKey: host.publicKey.split(' ')[1]!,
      label: 'this server',
    };
  }
}

function readiness(child: ChildProcess, request: LocalSshdRequest): Promise<LocalSshdReady> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      child.kill();
      reject(startError(why));
    };
    const timer = setTimeout(() => fail('it did not answer'), START_TIMEOUT_MS);
    child.on('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`it ended with code ${code}`));
    child.once('message', (message) => {
      clearTimeout(timer);
      resolve(message as LocalSshdReady);
    });
    child.send(request);
  });
}

const startError = (why: string) =>
  new ProviderError('local_server', 'transient', `The shell server on this machine did not start: ${why}.`);
