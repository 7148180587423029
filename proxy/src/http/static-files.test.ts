import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { staticFiles } from './static-files.ts';

const SCRIPT = `console.log(${JSON.stringify('the app '.repeat(200))})\n`;
let root: string;
let app: Hono;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'porthole-static-'));
  await writeFile(join(root, 'index.html'), '<!doctype html><title>Porthole</title>');
  await writeFile(join(root, 'app.js'), SCRIPT);
  app = new Hono();
  app.use(staticFiles(root));
});

afterEach(() => rm(root, { recursive: true }));

const get = (path: string, encodings: string) =>
  app.request(path, { headers: { 'Accept-Encoding': encodings } });
const bytes = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('a compressed file', () => {
  it('is the one that the build left', async () => {
    const built = brotliCompressSync(SCRIPT);
    await writeFile(join(root, 'app.js.br'), built);
    const response = await get('/app.js', 'gzip, br');
    expect(response.headers.get('content-encoding')).toBe('br');
    expect(response.headers.get('content-type')).toContain('javascript');
    expect(await bytes(response)).toEqual(built);
  });

  it('is made where the build left none, or one of an older file', async () => {
    const fresh = await bytes(await get('/app.js', 'br'));
    expect(brotliDecompressSync(fresh).toString()).toBe(SCRIPT);
    await writeFile(join(root, 'index.html.br'), brotliCompressSync('another page'));
    await utimes(join(root, 'index.html.br'), 1, 1);
    expect(brotliDecompressSync(await bytes(await get('/', 'br'))).toString()).toContain('Porthole');
  });

  it('is gzip, or plain, for whoever asks for no better', async () => {
    await writeFile(join(root, 'app.js.br'), 'not asked for');
    const gzip = await get('/app.js', 'gzip, br;q=0');
    expect(gzip.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(await bytes(gzip)).toString()).toBe(SCRIPT);
    const plain = await get('/app.js', 'identity');
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await plain.text()).toBe(SCRIPT);
  });
});

describe('a path', () => {
  it('without an extension is the app, with one that is not there a 404', async () => {
    expect(await (await get('/w/some-workspace', '')).text()).toContain('Porthole');
    expect((await get('/missing.js', '')).status).toBe(404);
  });

  it('leads to nothing outside of the folder, and to no hidden file', async () => {
    await writeFile(join(root, '.stamp'), 'private');
    await mkdir(join(root, 'assets'));
    await writeFile(join(root, 'assets/.private.js'), 'private');
    expect(await (await get('/.stamp', '')).text()).toContain('Porthole');
    expect((await get('/assets/.private.js', '')).status).toBe(404);
    for (const path of ['/%2e%2e/etc/passwd.js', '/..%2f..%2fetc/hosts.txt', '/app.js%00.txt', '/%zz.js'])
      expect((await get(path, '')).status, path).toBe(404);
  });
});

it('an unchanged file is not sent again', async () => {
  const first = await get('/app.js', 'br');
  const again = await app.request('/app.js', {
    headers: { 'If-None-Match': first.headers.get('etag') ?? '' },
  });
  expect([again.status, await again.text()]).toEqual([304, '']);
});
