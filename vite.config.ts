// One configuration for everything Vite does here: `vite build` makes the web app, `vite build --ssr`
// makes the proxy, `vitest` runs the tests. Invariant: what is native or finds files of its own stays outside the
// proxy's bundle.
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import { VitePWA } from 'vite-plugin-pwa';
import solid from 'vite-plugin-solid';
import { defineConfig, type Plugin, type ViteUserConfig } from 'vitest/config';
import { bundleBridge } from './proxy/bridge/bundle.mjs';
import { compressFolder } from './web/compress.mjs';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Files that Node starts on their own; `proxy/src/lib/entry.ts` finds them by these names. */
const proxyEntries = {
  main: 'proxy/src/main.ts',
  reset: 'proxy/src/reset.ts',
  'screen-worker': 'proxy/src/terminals/screen-worker.ts',
  'local-sshd': 'proxy/src/workspaces/providers/local-sshd.ts',
};

/** Packages with native parts or files of their own; the rest is bundled, since Node takes half a second to find it. */
const outsideOfTheBundle = ['@lydell/node-pty', '@node-rs/argon2', 'libsql', 'pg', 'pino', 'ssh2'];

export default defineConfig(({ isSsrBuild }) => {
  if (process.env.VITEST) return tests;
  return isSsrBuild ? proxy() : web();
});

function proxy(): ViteUserConfig {
  const input = Object.entries(proxyEntries)
    .map(([name, file]) => [name, at(file)] as const)
    .filter(([, file]) => existsSync(file));
  return {
    root: at('proxy'),
    publicDir: false,
    plugins: [bridge()],
    ssr: { noExternal: true, external: outsideOfTheBundle },
    build: {
      ssr: true,
      target: 'node20',
      outDir: 'dist',
      emptyOutDir: true,
      sourcemap: true,
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(input),
        // All in one folder: an entry finds its siblings next to itself, whichever chunk asks.
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  };
}

/** A program of its own, for other machines: everything in one file. */
function bridge(): Plugin {
  return {
    name: 'porthole-bridge',
    async closeBundle() {
      writeFileSync(at('proxy/dist/bridge.mjs'), await bundleBridge());
    },
  };
}

function web(): ViteUserConfig {
  const proxyUrl = `http://127.0.0.1:${process.env.PORT ?? '4000'}`;
  return {
    root: at('web'),
    plugins: [
      solid(),
      tailwindcss(),
      ...(existsSync(at('web/src/service-worker.ts')) ? [pwa()] : []),
      compressed(),
    ],
    // Its default entry is the ES5 build, 2 KB heavier for everyone.
    resolve: { alias: { dexie: 'dexie/dist/modern/dexie.mjs' } },
    build: { outDir: 'dist', emptyOutDir: true, target: 'es2023', sourcemap: true },
    // A worker's parts that come when they are needed (a language's grammar) stay files of their own.
    worker: {
      format: 'es',
      rolldownOptions: { output: { chunkFileNames: 'assets/languages/[name]-[hash].js' } },
    },
    server: {
      // The Host header stays what the browser sent, so that the proxy's Origin check sees one origin.
      proxy: {
        '/api': { target: proxyUrl },
        '/ai': { target: proxyUrl },
        '/ws': { target: proxyUrl, ws: true },
      },
    },
  };
}

/** After everything else, the service worker too. */
function compressed(): Plugin {
  return {
    name: 'porthole-compressed',
    apply: 'build',
    enforce: 'post',
    closeBundle: { order: 'post', sequential: true, handler: () => compressFolder(at('web/dist')) },
  };
}

function pwa() {
  return VitePWA({
    strategies: 'injectManifest',
    srcDir: 'src',
    filename: 'service-worker.ts',
    registerType: 'prompt',
    // The page's policy forbids inline script: the app registers the worker itself.
    injectRegister: null,
    injectManifest: {
      globPatterns: ['**/*.{js,css,html,woff2,svg,png}'],
      // For the README and for stores: nobody needs them offline. A language comes with the first code in it, and is
      // then kept by the browser: its name has its hash.
      globIgnores: ['screenshots/**', 'assets/languages/**'],
    },
    manifest: {
      id: '/',
      name: 'Porthole',
      short_name: 'Porthole',
      description: 'Shared remote terminals and coding agents, from any screen',
      start_url: '/',
      scope: '/',
      display: 'standalone',
      display_override: ['window-controls-overlay', 'standalone'],
      theme_color: '#101216',
      background_color: '#101216',
      icons: [
        { src: '/icons/192.png', sizes: '192x192', type: 'image/png' },
        { src: '/icons/512.png', sizes: '512x512', type: 'image/png' },
        { src: '/icons/maskable-192.png', sizes: '192x192', type: 'image/png', purpose: 'maskable' },
        { src: '/icons/maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        { src: '/icons/porthole.svg', sizes: 'any', type: 'image/svg+xml' },
      ],
      screenshots: [
        { src: '/screenshots/laptop.png', sizes: '1440x900', type: 'image/png', form_factor: 'wide' },
        { src: '/screenshots/phone.png', sizes: '780x1688', type: 'image/png', form_factor: 'narrow' },
      ],
      shortcuts: [
        {
          name: 'New workspace',
          url: '/?new',
          icons: [{ src: '/icons/new-workspace.png', sizes: '96x96', type: 'image/png' }],
        },
      ],
    },
  });
}

// In Node, solid-js resolves to its server build, in which nothing reacts: tests get the browser's.
const solidInTests: ViteUserConfig = {
  plugins: [solid({ hot: false })],
  resolve: { conditions: ['browser', 'development'] },
  ssr: { resolve: { conditions: ['browser', 'development'] } },
};
/** The same examples each time. */
const setupFiles = [at('shared/test/seed.ts')];
/** A hang is found all the same; a busy machine is not one. */
const testTimeout = 30_000;
/** Vitest leaves a core free for somebody at the keyboard: of two that is half. */
const unitWorkers = Math.max(2, availableParallelism() - 1);
/** Where Porthole finds its own programs: integration tests run them from the build. */
const builtPrograms = [
  { find: /^\.\.?\/(lib\/)?built-file\.ts$/, replacement: at('proxy/test/built-file.ts') },
];
const inlineSolid = { deps: { inline: [/solid-js/, /@solidjs/, /@kobalte/, /@corvu/, /lucide-solid/] } };

const tests: ViteUserConfig = {
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          setupFiles,
          testTimeout,
          maxWorkers: unitWorkers,
          include: ['{shared,proxy/src,proxy/bridge,e2e}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.it.test.ts'],
        },
      },
      {
        ...solidInTests,
        test: {
          name: 'unit-web',
          environment: 'node',
          setupFiles,
          testTimeout,
          maxWorkers: unitWorkers,
          isolate: false,
          server: inlineSolid,
          include: ['web/src/**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', '**/*.dom.test.{ts,tsx}'],
        },
      },
      {
        ...solidInTests,
        test: {
          name: 'unit-dom',
          environment: 'happy-dom',
          setupFiles,
          testTimeout,
          maxWorkers: unitWorkers,
          isolate: false,
          server: inlineSolid,
          include: ['web/src/**/*.dom.test.{ts,tsx}'],
        },
      },
      { test: { name: 'boundaries', environment: 'node', include: ['proxy/test/boundaries.test.ts'] } },
      {
        test: {
          name: 'integration',
          environment: 'node',
          setupFiles,
          include: ['proxy/test/**/*.test.ts', 'proxy/src/**/*.it.test.ts', 'proxy/bridge/**/*.it.test.ts'],
          exclude: ['**/node_modules/**', 'proxy/test/boundaries.test.ts'],
          globalSetup: ['proxy/test/global-setup.ts'],
          alias: builtPrograms,
          // Real servers, real shells: generous in time, modest in parallel, since two cores are usual. A third file has
          // the cores while others wait for their machines.
          testTimeout,
          hookTimeout: 60_000,
          maxWorkers: 3,
          // Each file loading the whole proxy anew was a sixth of all the time.
          isolate: false,
        },
      },
    ],
  },
};
