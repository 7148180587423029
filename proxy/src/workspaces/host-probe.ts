/**
 * Looks at a machine for the person who adds it: does it answer, with which key, does it let us in.
 * Invariants: it looks through connections of its own, for one that happens to be open may lead to the machine that was
 * there before; and it answers within `PROBE_MS`, whatever the machine does.
 */
import { PortholeError } from '@porthole/shared';
import type { HostProbe } from '@porthole/shared/http';
import type { Clock } from '../lib/clock.ts';
import { DisposableStore } from '../lib/disposable.ts';
import { SSH_TO_ERROR_CODE, SshError } from '../ssh/errors.ts';
import { exec } from '../ssh/exec.ts';
import { fingerprint as fingerprintOfBlob } from '../ssh/host-keys.ts';
import { SshPool } from '../ssh/pool.ts';
import { probeHostKey, type ShownKey } from '../ssh/probe.ts';
import type { SshTarget } from '../ssh/target.ts';

/** Somebody is looking at the button. */
export const PROBE_MS = 10_000;

type Problem = HostProbe['problem'];

/** Rejects with a `PortholeError` when no key was shown. */
export async function askKey(target: SshTarget, clock: Clock, signal: AbortSignal): Promise<ShownKey> {
  try {
    return await probeHostKey(target, clock, signal, PROBE_MS);
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    throw new PortholeError(SSH_TO_ERROR_CODE[error.code], error.message, { cause: error });
  }
}

/** What the machine shows, and, when its key is the pinned one, whether it lets us in. */
export async function probeHost(target: SshTarget, clock: Clock, signal: AbortSignal): Promise<HostProbe> {
  const pinned = target.hostKey === null ? null : fingerprintOfBlob(Buffer.from(target.hostKey, 'base64'));
  const began = clock.now();
  let shown: ShownKey;
  try {
    shown = await probeHostKey(target, clock, signal, PROBE_MS);
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    return { reachable: false, fingerprint: null, keyType: null, pinned, problem: problemOf(error) };
  }
  const { fingerprint, keyType } = shown;
  const left = Math.max(0, PROBE_MS - (clock.now() - began));
  return { reachable: true, fingerprint, keyType, pinned, problem: await trySignIn(target, clock, left) };
}

/** Not cancelled with the request: giving up closes the connections, and that takes no time. */
async function trySignIn(target: SshTarget, clock: Clock, ms: number): Promise<Problem> {
  const own = new SshPool({ clock });
  let signedIn = false;
  const look = async (): Promise<Problem> => {
    await own.lease(target);
    signedIn = true;
    const { exitCode } = await exec(own, clock, target, { command: 'command -v git' });
    if (exitCode === 0) return null;
    return { code: 'git_missing', message: `${target.label} lets us in, but git is not installed there.` };
  };
  const limits = new DisposableStore();
  const late = new Promise<Problem>((resolve) => {
    const giveUp = () => {
      const message = signedIn
        ? `${target.label} lets us in, but runs no command. Something in its shell's profile may be waiting.`
        : `${target.label} showed its key, but did not finish signing us in.`;
      resolve({ code: SSH_TO_ERROR_CODE.timeout, message });
    };
    limits.add(clock.after(ms, giveUp));
  });
  try {
    return await Promise.race([look(), late]);
  } catch (error) {
    if (error instanceof SshError) return problemOf(error);
    throw error;
  } finally {
    limits.dispose();
    own.dispose();
  }
}

const problemOf = (error: SshError) => ({ code: SSH_TO_ERROR_CODE[error.code], message: error.message });
