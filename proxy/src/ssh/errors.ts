/**
 * What can go wrong between the proxy and a machine, one code each.
 * Invariant: callers branch on `code` and `kind`; the message is for people and holds no secret.
 */
import type { ErrorCode } from '@porthole/shared';
import type { ServerOffer } from './negotiation.ts';

export type SshErrorCode =
  | 'unreachable'
  | 'refused'
  | 'timeout'
  | 'host_key_unknown'
  | 'host_key_changed'
  | 'authentication'
  | 'no_kex_match'
  | 'channel_limit'
  | 'channel_refused'
  | 'processes_left'
  | 'processes_unknown'
  | 'not_ssh'
  | 'lost'
  | 'aborted';

export interface SshErrorDetails {
  /** `SHA256:…` of the key the machine showed. */
  fingerprint?: string;
  /** That key, to pin it: base 64 of the wire form. */
  hostKey?: string;
  /** `SHA256:…` of the key that was pinned. */
  expected?: string;
  /** What the server offered, for `no_kex_match`. */
  offer?: ServerOffer;
  /** For `lost`: the request had not been sent, so that sending it again repeats nothing. */
  unsent?: boolean;
  /** Sessions that were open on the connection, for `channel_limit`. */
  sessions?: number;
}

/** The wire's code for each of ours. */
export const SSH_TO_ERROR_CODE: Record<SshErrorCode, ErrorCode> = {
  unreachable: 'host_unreachable',
  refused: 'host_refused',
  timeout: 'host_unreachable',
  host_key_unknown: 'host_key_unknown',
  host_key_changed: 'host_key_changed',
  authentication: 'ssh_authentication',
  no_kex_match: 'ssh_no_kex_match',
  channel_limit: 'ssh_channel_limit',
  channel_refused: 'ssh_channel_limit',
  processes_left: 'timeout',
  processes_unknown: 'provider_failed',
  not_ssh: 'host_unreachable',
  lost: 'connection_lost',
  aborted: 'timeout',
};

/**
 * Trying again without a person changing anything may help. `channel_refused`: sshd could not start the shell, as when
 * the machine is short of memory. `processes_left`: what waits in the kernel for a disk ends when that answers.
 */
const TRANSIENT: ReadonlySet<SshErrorCode> = new Set([
  'unreachable',
  'refused',
  'timeout',
  'lost',
  'channel_limit',
  'channel_refused',
  'processes_left',
]);

export class SshError extends Error {
  override readonly name = 'SshError';
  readonly code: SshErrorCode;
  readonly kind: 'transient' | 'permanent';
  readonly details: SshErrorDetails;

  constructor(code: SshErrorCode, message: string, details: SshErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.kind = TRANSIENT.has(code) ? 'transient' : 'permanent';
    this.details = details;
  }
}

/** How far a connection had come when it failed. */
export type Phase = 'tcp' | 'handshake' | 'auth' | 'ready';

const UNREACHABLE = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
  'ENOENT',
]);

/** The system's error on the socket, before and after the connection stood. */
export function socketError(where: string, phase: Phase, cause: NodeJS.ErrnoException): SshError {
  const errno = cause.code ?? 'unknown error';
  if (phase !== 'tcp') {
    return new SshError('lost', `The connection to ${where} was lost (${errno}).`, {}, cause);
  }
  if (errno === 'ECONNREFUSED') {
    return new SshError(
      'refused',
      `${where} refused the connection: nothing listens on that port.`,
      {},
      cause,
    );
  }
  if (errno === 'ETIMEDOUT') return new SshError('timeout', `${where} did not answer.`, {}, cause);
  if (UNREACHABLE.has(errno)) {
    const why = errno === 'ENOTFOUND' || errno === 'EAI_AGAIN' ? 'its name is not known' : errno;
    return new SshError('unreachable', `${where} cannot be reached: ${why}.`, {}, cause);
  }
  return new SshError('unreachable', `${where} cannot be reached (${errno}).`, {}, cause);
}

/** A handshake that ended before the host showed its key: the two sides share no algorithm. */
export function negotiationError(where: string, offer: ServerOffer | null, cause: unknown): SshError {
  if (!offer) {
    return new SshError('not_ssh', `${where} answered, but not as an SSH server.`, {}, cause);
  }
  const quantum = offer.kex.length > 0 && offer.kex.every((name) => isPostQuantum(name) || isMarker(name));
  const message = quantum
    ? `${where} allows only post-quantum key exchange (${offer.kex.filter(isPostQuantum).join(', ')}), which this proxy does not speak yet. ` +
      'Allow curve25519-sha256 as well: KexAlgorithms +curve25519-sha256 in its sshd_config.'
    : `${where} and this proxy share no algorithm. It offers key exchange ${offer.kex.filter((name) => !isMarker(name)).join(', ')}; ` +
      `ciphers ${offer.ciphers.join(', ')}; host keys ${offer.hostKeys.join(', ')}.`;
  return new SshError('no_kex_match', message, { offer }, cause);
}

const isPostQuantum = (name: string) => /^(sntrup|mlkem|ml-kem)/.test(name);
/** Not algorithms: flags that ride in the same list. */
const isMarker = (name: string) => name.startsWith('kex-strict-') || name.startsWith('ext-info-');
