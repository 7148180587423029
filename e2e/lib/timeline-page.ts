/**
 * Builds the page of timeline-page.tsx with the app's own plugins, and serves it under the app's own policy. Names the
 * app's sources by path and not by import: what is tested from outside stays outside.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import { build, type Plugin } from 'vite';
import solid from 'vite-plugin-solid';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const WEB = at('../../web/');
const PAGE = at('./timeline-page.tsx');

/** As proxy/src/http/security-headers.ts has it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

export interface TimelinePage {
  url: string;
  dispose: () => Promise<void>;
}

export async function startTimelinePage(): Promise<TimelinePage> {
  const folder = await mkdtemp(join(tmpdir(), 'porthole-timeline-'));
  await build({
    configFile: false,
    root: WEB,
    publicDir: false,
    logLevel: 'error',
    plugins: [asFromTheApp(), solid(), tailwindcss()],
    worker: { format: 'es' },
    build: {
      outDir: folder,
      target: 'es2023',
      modulePreload: false,
      rolldownOptions: { input: PAGE, output: { entryFileNames: 'main.js' } },
    },
  });
  const styles = (await readdir(join(folder, 'assets'))).filter((name) => name.endsWith('.css'));
  const page = `<!doctype html><html lang="en" data-theme="dark"><meta charset="utf-8"><title>Timeline</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
${styles.map((name) => `<link rel="stylesheet" href="/assets/${name}">`).join('')}
<div id="root"></div><script type="module" src="/main.js"></script></html>`;
  const server = createServer(async ({ url = '/' }, response) => {
    const path = new URL(url, 'http://localhost').pathname;
    const body =
      path === '/' ? page : await readFile(join(folder, path.replaceAll('..', ''))).catch(() => null);
    const type = path === '/' ? TYPES['.html'] : TYPES[extname(path)];
    response.writeHead(body === null ? 404 : 200, {
      'Content-Type': type ?? 'application/octet-stream',
      'Content-Security-Policy': POLICY,
    });
    response.end(body ?? '');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async dispose() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Packages that the page names are the app's; the app's files are named from its folder. */
function asFromTheApp(): Plugin {
  return {
    name: 'as-from-the-app',
    enforce: 'pre',
    resolveId(id, importer) {
      if (id.startsWith('/src/')) return join(WEB, id);
      if (importer === PAGE && /^[a-z]/.test(id)) return this.resolve(id, join(WEB, 'src/main.tsx'));
      return null;
    },
  };
}
