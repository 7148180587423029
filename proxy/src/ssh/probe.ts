/** Looks at a machine's host key without trusting it: the handshake is broken off once the key is shown. */
import type { Clock } from '../lib/clock.ts';
import { connectSsh } from './connect.ts';
import { CONNECTION_LIMITS } from './connection.ts';
import { SshError } from './errors.ts';
import { keyType } from './host-keys.ts';
import type { SshTarget } from './target.ts';

export interface ShownKey {
  /** `SHA256:…` */
  fingerprint: string;
  /** Base 64 of the wire form, to pin. */
  hostKey: string;
  keyType: string;
}

/** Nothing is signed in to and no secret is sent. Rejects with an `SshError` when no key was shown. */
export async function probeHostKey(
  target: SshTarget,
  clock: Clock,
  signal?: AbortSignal,
  timeoutMs: number = CONNECTION_LIMITS.readyTimeoutMs,
): Promise<ShownKey> {
  try {
    const connection = await connectSsh(
      { ...target, hostKey: null, auth: NOTHING },
      { clock, signal, limits: { readyTimeoutMs: timeoutMs } },
    );
    connection.dispose();
  } catch (error) {
    if (!(error instanceof SshError) || error.code !== 'host_key_unknown') throw error;
    const { fingerprint, hostKey } = error.details;
    if (fingerprint === undefined || hostKey === undefined) throw error;
    return { fingerprint, hostKey, keyType: keyType(Buffer.from(hostKey, 'base64')) ?? 'unknown' };
  }
  throw new SshError('not_ssh', `${target.label} showed no host key.`);
}

const NOTHING = { kind: 'password', password: '' } as const;
