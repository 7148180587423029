/**
 * The built app. Invariants: only files inside the folder are served; a hashed asset is kept for ever by browsers, the
 * page and the service worker are asked for each time; a path without an extension is the app's own route. The build
 * leaves what it compressed beside each file (`vite.config.ts`); where that is missing, it is done here, and less well.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Context, MiddlewareHandler } from 'hono';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
const COMPRESSED = new Set(['.html', '.js', '.css', '.json', '.map', '.webmanifest', '.svg', '.txt']);
/** Files held in memory: the app has some hundred. */
const MAX_CACHED = 1_000;
/** Vite puts the content's hash into the names of what lies here. */
const HASHED = /^\/assets\/.+-[\w-]{8,}\.\w+$/;

type Encoding = 'br' | 'gzip' | 'identity';

interface File {
  path: string;
  mtimeMs: number;
  etag: string;
  type: string;
  bodies: Partial<Record<Encoding, Uint8Array<ArrayBuffer>>> & { identity: Uint8Array<ArrayBuffer> };
}

export function staticFiles(root: string): MiddlewareHandler {
  const cache = new Map<string, File>();
  return async (context, next) => {
    const { path, method } = context.req;
    if (method !== 'GET' && method !== 'HEAD') return next();
    if (/^\/(api|ws)(\/|$)/.test(path)) return next();
    const wanted = path === '/' ? '/index.html' : path;
    const file = await load(root, wanted, cache);
    if (file) return answer(context, wanted, file);
    if (extname(path) !== '') return next();
    const page = await load(root, '/index.html', cache);
    return page ? answer(context, '/index.html', page) : context.text(NOT_BUILT, 503);
  };
}

const NOT_BUILT = 'The app has not been built: run `npm run build`, then load this page again.\n';

async function answer(context: Context, path: string, file: File): Promise<Response> {
  const headers: Record<string, string> = {
    'Content-Type': file.type,
    'Cache-Control': HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
    ETag: file.etag,
    Vary: 'Accept-Encoding',
  };
  if (context.req.header('if-none-match') === file.etag) return context.body(null, 304, headers);
  const encoding = chooseEncoding(path, context.req.header('accept-encoding') ?? '');
  if (encoding !== 'identity') headers['Content-Encoding'] = encoding;
  const body = await encoded(file, encoding);
  headers['Content-Length'] = String(body.byteLength);
  return context.body(body, 200, headers);
}

async function load(root: string, path: string, cache: Map<string, File>): Promise<File | null> {
  const full = resolveInside(root, path);
  if (full === null) return null;
  const info = await stat(full).catch(() => null);
  if (!info?.isFile()) return null;
  const cached = cache.get(full);
  if (cached?.mtimeMs === info.mtimeMs) return cached;
  const identity = new Uint8Array(await readFile(full));
  const file: File = {
    path: full,
    mtimeMs: info.mtimeMs,
    etag: `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`,
    type: TYPES[extname(full)] ?? 'application/octet-stream',
    bodies: { identity },
  };
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(full, file);
  return file;
}

/** null for a path that leads out of the folder, or to a hidden file. */
function resolveInside(root: string, path: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return null;
  }
  if (decoded.includes('\0') || decoded.split(/[/\\]/).some((part) => part.startsWith('.'))) return null;
  const full = normalize(join(root, decoded));
  return full.startsWith(root.endsWith(sep) ? root : root + sep) ? full : null;
}

function chooseEncoding(path: string, accepted: string): Encoding {
  if (!COMPRESSED.has(extname(path))) return 'identity';
  if (/\bbr\b(?!;q=0(?!\.))/.test(accepted)) return 'br';
  return /\bgzip\b(?!;q=0(?!\.))/.test(accepted) ? 'gzip' : 'identity';
}

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

async function encoded(file: File, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
  const made = file.bodies[encoding];
  if (made) return made;
  const { identity } = file.bodies;
  const body = encoding === 'br' ? await brotlied(file) : await gzipped(identity, { level: 7 });
  const copy = new Uint8Array(body);
  file.bodies[encoding] = copy;
  return copy;
}

/** From the build where it is not older than the file, else made now. */
async function brotlied({ path, mtimeMs, bodies }: File): Promise<Uint8Array> {
  const built = `${path}.br`;
  const info = await stat(built).catch(() => null);
  if (info?.isFile() && info.mtimeMs >= mtimeMs) return readFile(built);
  return brotli(bodies.identity, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } });
}
