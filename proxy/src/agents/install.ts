/**
 * Makes a machine ready for the bridge: Node is there, and the bundle of this proxy with exactly our bytes.
 * Invariant: a bundle appears under its name only whole; a failure says what a person can do.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { ExecOptions, ExecResult } from '../ssh/exec.ts';
import { shellCommand } from '../ssh/quote.ts';
import {
  bridgeFile,
  INSTALL_SCRIPT,
  NODE_MAJOR,
  PROBE_SCRIPT,
  type Probe,
  parseProbe,
} from './install-scripts.ts';
import { LinkError } from './links-transport.ts';

const PROBE_TIMEOUT_MS = 25_000;
const INSTALL_TIMEOUT_MS = 120_000;
const PROBE_OUTPUT_BYTES = 64 * 1024;

export interface Bundle {
  bytes: Uint8Array;
  /** Names the version; part of the file's name. */
  build: string;
}

export interface ReadyMachine {
  /** Absolute. */
  node: string;
  path: string;
}

export type Exec = (options: ExecOptions) => Promise<ExecResult>;

/** Throws `LinkError` with `node_missing`, or `internal` when the bundle cannot be put there. */
export async function prepareMachine(
  exec: Exec,
  bundle: Bundle,
  note: (what: string) => void,
  signal: AbortSignal,
): Promise<ReadyMachine> {
  const probe = await look(exec, bundle, signal);
  const { node } = probe;
  if (node === null) throw nodeMissing(probe);
  const sum = createHash('sha256').update(bundle.bytes).digest('hex');
  if (probe.sum !== sum) {
    note('Installing the bridge');
    await install(exec, bundle, sum, node, signal);
  }
  return { node, path: probe.path };
}

async function look(exec: Exec, bundle: Bundle, signal: AbortSignal): Promise<Probe> {
  const { stdout, stderr, timedOut } = await exec({
    command: shellCommand(PROBE_SCRIPT, bridgeFile(bundle.build)),
    cwd: '/',
    timeoutMs: PROBE_TIMEOUT_MS,
    maxOutputBytes: PROBE_OUTPUT_BYTES,
    signal,
  });
  const probe = parseProbe(stdout.toString('utf8'));
  if (probe) return probe;
  const why = timedOut ? 'no answer' : stderr.toString('utf8').slice(0, 2_000);
  throw new LinkError('machine_unreachable', 'The machine did not say whether it has Node.js.', why || null);
}

function nodeMissing({ version, path }: Probe): LinkError {
  const found = version === null ? 'It has none' : `It has ${version}`;
  return new LinkError(
    'node_missing',
    `Agents need Node.js ${NODE_MAJOR} or newer on the machine. ${found}: install it (from nodejs.org, with nvm, or with the system’s packages) and try again. Terminals work without it.`,
    `looked for in ${path.slice(0, 2_000)}`,
  );
}

async function install(
  exec: Exec,
  { bytes, build }: Bundle,
  sum: string,
  node: string,
  signal: AbortSignal,
): Promise<void> {
  const nonce = randomBytes(6).toString('hex');
  const { exitCode, stderr, timedOut } = await exec({
    command: shellCommand(INSTALL_SCRIPT, build, nonce, sum, node),
    cwd: '/',
    stdin: bytes,
    timeoutMs: INSTALL_TIMEOUT_MS,
    signal,
  });
  if (exitCode === 0) return;
  const said = stderr.toString('utf8').trim().slice(0, 2_000) || null;
  if (timedOut)
    throw new LinkError('machine_unreachable', 'Sending the bridge to the machine took too long.');
  if (exitCode === 75) throw new LinkError('internal', 'The bridge arrived damaged at the machine.', said);
  throw new LinkError(
    'internal',
    'The bridge could not be written to the home folder on the machine. Is the disk full, or the folder not writable?',
    said,
  );
}
