/** The bridge as one file, to be put on machines: from the build, or bundled from source in development and in tests. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { builtFile } from '../lib/built-file.ts';

export interface BridgeBundle {
  bytes: Buffer;
  /** Of these bytes; a bridge says the same of its own file. */
  build: string;
}

let bundle: Promise<BridgeBundle> | undefined;

/** Made once per process. */
export function bridgeBundle(): Promise<BridgeBundle> {
  bundle ??= make().catch((error: unknown) => {
    bundle = undefined;
    throw error;
  });
  return bundle;
}

async function make(): Promise<BridgeBundle> {
  const file = builtFile('bridge.mjs');
  const bytes = file ? await readFile(file) : await fromSource();
  return { bytes, build: createHash('sha256').update(bytes).digest('hex').slice(0, 16) };
}

/** The bundler is there in a source tree only, and the build must not look into this import. */
async function fromSource(): Promise<Buffer> {
  const script = new URL('../../bridge/bundle.mjs', import.meta.url).href;
  const { bundleBridge } = (await import(/* @vite-ignore */ script)) as { bundleBridge(): Promise<string> };
  return Buffer.from(await bundleBridge());
}
