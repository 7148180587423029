// Bundles proxy/bridge into one ES module that needs nothing but Node 20: for the build, and from source in
// development and in tests. Invariant: nothing outside of Node's own modules stays an import.
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The bundle's text. */
export async function bundleBridge() {
  const result = await build({
    root: at('.'),
    configFile: false,
    envFile: false,
    publicDir: false,
    logLevel: 'error',
    mode: 'production',
    define: {
      // Optional addons of `ws`, which a single file cannot have.
      'process.env.WS_NO_BUFFER_UTIL': '"1"',
      'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
    },
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: at('main.ts'),
      target: 'node20',
      write: false,
      minify: true,
      sourcemap: false,
      rolldownOptions: {
        external: ['bufferutil', 'utf-8-validate'],
        output: { codeSplitting: false, entryFileNames: 'bridge.mjs' },
      },
    },
  });
  const outputs = (Array.isArray(result) ? result : [result]).flatMap(({ output }) => output);
  if (outputs.length !== 1) throw new Error(`the bridge has ${outputs.length} files instead of one`);
  return outputs[0].code;
}
