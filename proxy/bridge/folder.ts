/**
 * The state folder: one per workspace, 0700, ours alone. What is in it, and where the daemon's socket is. A path of a
 * Unix socket has room for 107 bytes; where the folder's is longer, the socket is in a folder of ours under /tmp that
 * is named by a hash of it (not $TMPDIR: two logins of one user may differ in that).
 */
import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const SOCKET_PATH_BYTES = 107;

export interface Folder {
  readonly path: string;
  readonly socket: string;
  readonly spool: string;
  readonly sessions: string;
  readonly authors: string;
  readonly processes: string;
  readonly attachments: string;
  readonly log: string;
}

export class FolderError extends Error {}

export function openFolder(given: string): Folder {
  const path = resolve(given);
  ownDirectory(path);
  const parts = {
    spool: 'spool',
    sessions: 'sessions',
    authors: 'authors',
    processes: 'processes',
    attachments: 'attachments',
  };
  for (const part of Object.values(parts)) ownDirectory(join(path, part));
  return {
    path,
    socket: socketPath(path),
    spool: join(path, parts.spool),
    sessions: join(path, parts.sessions),
    authors: join(path, parts.authors),
    processes: join(path, parts.processes),
    attachments: join(path, parts.attachments),
    log: join(path, 'bridge.log'),
  };
}

function socketPath(path: string): string {
  const inside = join(path, 'bridge.sock');
  if (Buffer.byteLength(inside) <= SOCKET_PATH_BYTES) return inside;
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16);
  const short = `/tmp/porthole-${process.getuid?.() ?? 0}-${name}`;
  ownDirectory(short);
  return join(short, 'bridge.sock');
}

/** With the short folder that was made for it. */
export function removeSocket({ path, socket }: Folder): void {
  if (dirname(socket) === path) rmSync(socket, { force: true });
  else rmSync(dirname(socket), { recursive: true, force: true });
}

/** Made, or already there and ours: somebody else's folder under /tmp is not used. */
function ownDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  const mine = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !mine) throw new FolderError(`${path} is not a folder of this user`);
  if ((found.mode & 0o077) !== 0) chmodSync(path, 0o700);
}

/** What people have attached to a session's prompts, as files for its agent. */
export const attachmentsOf = ({ attachments }: Folder, session: string): string => join(attachments, session);

export const removeAttachments = (folder: Folder, session: string): void =>
  rmSync(attachmentsOf(folder, session), { recursive: true, force: true });

/** As a whole or not at all, also when the process dies in between. */
export function writeWhole(path: string, text: string): void {
  const next = `${path}.${process.pid}.new`;
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, path);
}

/** undefined where there is none. */
export function readIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The id of this folder's log: random, made once. */
export function logId(folder: Folder): string {
  const path = join(folder.path, 'id');
  const known = readIfAny(path)?.trim();
  if (known) return known;
  const id = randomUUID();
  writeWhole(path, id);
  return id;
}
