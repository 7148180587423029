// Brings a checkout to the point where the proxy can start: packages installed, app and proxy built.
// Invariant: needs nothing but Node and npm, and does no work twice (a stamp holds the hash of what went in).
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const PNPM = 'pnpm@12';
const manifests = [
  'package.json',
  'pnpm-workspace.yaml',
  'pnpm-lock.yaml',
  'shared/package.json',
  'proxy/package.json',
  'web/package.json',
  'e2e/package.json',
];
const packagesStamp = join(root, 'node_modules', '.porthole-packages');
const builds = {
  web: {
    inputs: ['shared/src', 'web/src', 'web/public', 'web/index.html', 'web/compress.mjs'],
    args: ['build'],
  },
  proxy: { inputs: ['shared/src', 'proxy/src', 'proxy/bridge'], args: ['build', '--ssr'] },
};

/** Installs the packages that the lock file names, unless exactly those are there. */
export async function ensurePackages() {
  const abi = process.versions.modules;
  const wanted = `${hashFiles(manifests)} ${process.platform}-${process.arch} ${abi}`;
  const found = readIfAny(packagesStamp);
  if (found === wanted) return;
  await step('Installing packages', 'npx', ['-y', PNPM, 'install', '--frozen-lockfile', '--prod=false']);
  // An addon compiled for another Node would not load; ssh2 then runs without it, at a tenth of the speed.
  if (found && found.split(' ')[2] !== abi)
    await step('Rebuilding ssh2 for this Node', 'npx', ['-y', PNPM, 'rebuild', 'ssh2']);
  writeFileSync(packagesStamp, wanted);
}

/**
 * Builds web/dist and proxy/dist where their sources changed.
 * @param {string[]} names of those that are needed, if not both
 */
export async function ensureBuilt(...names) {
  await Promise.all((names.length > 0 ? names : Object.keys(builds)).map(ensureBuild));
}

async function ensureBuild(name) {
  const { inputs, args } = builds[name];
  const stamp = join(root, name, 'dist', '.stamp');
  const wanted = hashFiles([...manifests, 'vite.config.ts', 'tsconfig.json', ...inputs]);
  if (readIfAny(stamp) === wanted) return;
  rmSync(stamp, { force: true });
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  // The bundle is the same wherever it is built: a test runner's environment must not choose another one.
  const env = { ...process.env, NODE_ENV: 'production', VITEST: undefined };
  await step(`Building ${name}`, process.execPath, [vite, ...args, '--logLevel', 'warn'], env);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(`${stamp}.new`, wanted);
  renameSync(`${stamp}.new`, stamp);
}

/** Runs a command, says what and how long in one line, and shows its output only when it fails. */
async function step(title, command, args, env = process.env) {
  const began = Date.now();
  console.log(`${title} …`);
  const { code, output } = await run(command, args, env);
  if (code !== 0) throw new PrepareError(`${title} failed (exit code ${code}):\n${output}`);
  console.log(`${title}: done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

export class PrepareError extends Error {}

function run(command, args, env) {
  return new Promise((resolve) => {
    // npx is a .cmd on Windows, which only a shell can start; no argument here needs quoting.
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && command === 'npx',
    });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('error', (error) => resolve({ code: -1, output: String(error) }));
    child.on('close', (code) => resolve({ code: code === null ? -1 : code, output }));
  });
}

/** One hash over files and folders (tests left out), by path and content. */
function hashFiles(paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) if (name !== 'node_modules') add(`${path}/${name}`);
    } else if (!/\.test\.tsx?$/.test(path)) {
      hash.update(`${path}\0`).update(readFileSync(full)).update('\0');
    }
  };
  paths.forEach(add);
  return hash.digest('hex');
}

function readIfAny(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
