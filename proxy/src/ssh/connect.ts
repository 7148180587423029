/**
 * Opens SSH connections.
 * Invariants: no key is accepted that was not pinned; a failed attempt leaves no socket behind and says in a code
 * how far it came.
 */
import { connect as connectSocket, type Socket } from 'node:net';
import ssh2, { type ConnectConfig } from 'ssh2';
import type { Clock } from '../lib/clock.ts';
import { DisposableStore, toDisposable } from '../lib/disposable.ts';
import {
  CONNECTION_LIMITS,
  type ConnectionLimits,
  type Negotiated,
  type Ssh2Error,
  SshConnection,
} from './connection.ts';
import { negotiationError, type Phase, SshError, socketError } from './errors.ts';
import { decideHostKey, type HostKeyDecision, hostKeyAlgorithms } from './host-keys.ts';
import { OFFER_BYTES, parseServerOffer, type ServerOffer } from './negotiation.ts';
import type { SshAuth, SshTarget } from './target.ts';

/** AES-GCM first: in ssh2's native addon it is several times faster than the rest, and 128 faster than 256. */
const CIPHERS = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
  'aes128-ctr',
  'aes192-ctr',
  'aes256-ctr',
] as const;

export interface ConnectDeps {
  clock: Clock;
  limits?: Partial<ConnectionLimits>;
  signal?: AbortSignal | undefined;
}

/** Opens a connection. Rejects with an `SshError`; never leaves a socket behind. */
export function connectSsh(target: SshTarget, deps: ConnectDeps): Promise<SshConnection> {
  const limits = { ...CONNECTION_LIMITS, ...deps.limits };
  return new Promise((resolve, reject) => {
    if (deps.signal?.aborted)
      return reject(new SshError('aborted', `Connecting to ${target.label} was cancelled.`));
    const client = new ssh2.Client();
    const socket =
      'socketPath' in target.address
        ? connectSocket({ path: target.address.socketPath })
        : connectSocket({ ...target.address, noDelay: true });
    let phase: Phase = 'tcp';
    let decision: HostKeyDecision | null = null;
    let negotiated: Negotiated = { kex: '', hostKey: '', cipher: '' };
    const attempt = new DisposableStore();
    const tap = tapOffer(socket);

    const fail = (error: SshError) => {
      if (attempt.disposed) return;
      attempt.dispose();
      socket.destroy();
      reject(error);
    };
    attempt.add(
      deps.clock.after(limits.readyTimeoutMs, () => fail(timeoutError(target, phase, limits.readyTimeoutMs))),
    );
    const abort = () => fail(new SshError('aborted', `Connecting to ${target.label} was cancelled.`));
    deps.signal?.addEventListener('abort', abort);
    attempt.add(toDisposable(() => deps.signal?.removeEventListener('abort', abort)));

    client.on('connect', () => {
      phase = 'handshake';
      tap.start();
    });
    client.on('handshake', ({ kex, serverHostKey, sc }) => {
      negotiated = { kex, hostKey: serverHostKey, cipher: sc.cipher };
      phase = 'auth';
      tap.stop();
    });
    client.on('error', (cause: Ssh2Error) => {
      // ssh-agent without an answer: ssh2 says so and goes on to its next method.
      if (cause.level !== 'agent') fail(connectError(target, phase, cause, decision, tap));
    });
    client.on('close', () => fail(connectError(target, phase, null, decision, tap)));
    client.on('ready', () => {
      if (attempt.disposed) return;
      attempt.dispose();
      client.removeAllListeners();
      resolve(new SshConnection({ target, negotiated, client, socket, clock: deps.clock, limits }));
    });

    const config: ConnectConfig = {
      sock: socket,
      username: target.user,
      readyTimeout: 0,
      keepaliveInterval: limits.keepaliveMs,
      keepaliveCountMax: limits.keepaliveCount,
      algorithms: { cipher: [...CIPHERS], serverHostKey: hostKeyAlgorithms(target.hostKey) as never },
      hostVerifier: (key: Buffer) => {
        decision = decideHostKey(target.hostKey, key);
        return decision.accept;
      },
      ...authentication(target.auth),
    };
    try {
      client.connect(config);
    } catch (cause) {
      // ssh2 throws for a private key that it cannot read.
      fail(new SshError('authentication', `The private key for ${target.label} cannot be read.`, {}, cause));
    }
  });
}

function authentication(auth: SshAuth): Partial<ConnectConfig> {
  switch (auth.kind) {
    case 'key':
      return {
        authHandler: ['publickey'],
        privateKey: auth.privateKey,
        ...(auth.passphrase === undefined ? {} : { passphrase: auth.passphrase }),
      };
    case 'password':
      return { authHandler: ['password'], password: auth.password };
    case 'agent':
      return { authHandler: ['agent'], agent: auth.socket };
  }
}

function timeoutError(target: SshTarget, phase: Phase, ms: number): SshError {
  const what = phase === 'tcp' ? 'did not answer' : 'did not finish the handshake';
  return new SshError('timeout', `${target.label} ${what} within ${Math.round(ms / 1000)} s.`);
}

/** `cause` null: the connection was closed without a word. */
function connectError(
  target: SshTarget,
  phase: Phase,
  cause: Ssh2Error | null,
  decision: HostKeyDecision | null,
  tapped: Tapped,
): SshError {
  if (decision && !decision.accept) {
    const { code, ...details } = decision;
    const message =
      code === 'host_key_unknown'
        ? `${target.label} is not known yet. Its key is ${details.fingerprint}.`
        : `${target.label} shows another host key than before: ${details.fingerprint} instead of ${'expected' in details ? details.expected : ''}. ` +
          'Either it was set up anew, or someone is in between. Connecting is refused until an admin accepts the new key.';
    return new SshError(code, message, details);
  }
  if (cause?.level === 'client-socket')
    return socketError(target.label, phase, cause as NodeJS.ErrnoException);
  // Closed without a word: whoever does not let us in says so.
  if (
    phase === 'auth' &&
    cause !== null &&
    (cause.level === 'client-authentication' || typeof cause.code === 'number')
  ) {
    return new SshError(
      'authentication',
      `${target.label} does not let ${target.user} in with this key.`,
      {},
      cause,
    );
  }
  // A fatal handshake error before any host key was shown is a failed negotiation.
  if (cause?.level === 'handshake' && decision === null)
    return negotiationError(target.label, tapped.offer, cause);
  // It spoke, but not SSH. One that hangs up without a word may only be too busy (MaxStartups).
  if (phase === 'handshake' && tapped.received && tapped.offer === null)
    return negotiationError(target.label, null, cause);
  return new SshError(
    'lost',
    `${target.label} closed the connection during the handshake.`,
    {},
    cause ?? undefined,
  );
}

interface Tapped {
  offer: ServerOffer | null;
  /** Anything at all came. */
  received: boolean;
}

/** Listens in on the first, unencrypted bytes for what the server offers. */
function tapOffer(socket: Socket) {
  const chunks: Buffer[] = [];
  let size = 0;
  const tap = {
    offer: null as ServerOffer | null,
    received: false,
    start: () => void socket.on('data', read),
    stop: () => void socket.off('data', read),
  };
  const read = (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    tap.received = true;
    tap.offer = parseServerOffer(Buffer.concat(chunks));
    if (tap.offer || size > OFFER_BYTES) tap.stop();
  };
  return tap;
}
