// `npm test`: every stage in order, or those named: check, unit, integration, browser. Other arguments are
// handed to the test runners as filters.
// Invariant: a failing stage does not hide the ones after it; the last line is the sum of the real reports.
import '../../proxy/scripts/node-floor.mjs';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, ensurePackages, root } from '../../proxy/scripts/prepare.mjs';
import { provideAdapters } from './adapters.mjs';
import { add, countPlaywright, countReport, countVitest, lastLine, line, none } from './reports.mjs';
import { ensureSystem } from './system.mjs';

/** A stage that takes longer hangs; a whole run takes a few minutes. */
const STAGE_TIMEOUT_MS = 20 * 60_000;

const results = join(root, 'e2e', 'results');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const playwright = join(root, 'e2e', 'node_modules', '@playwright', 'test', 'cli.js');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');

const typeProjects = [
  'shared/tsconfig.src.json',
  'shared/tsconfig.json',
  'proxy/tsconfig.json',
  'proxy/bridge/tsconfig.json',
  'web/tsconfig.src.json',
  'web/tsconfig.json',
  'web/tsconfig.worker.json',
  'e2e/tsconfig.json',
  'e2e/tsconfig.page.json',
];

const stages = {
  check: async () => add(add(await types(), await lint()), await vitestRun('boundaries', ['boundaries'])),
  unit: () => vitestRun('unit', ['unit', 'unit-web', 'unit-dom'], filters),
  async integration() {
    process.env.PORTHOLE_ADAPTERS = await adapters;
    return vitestRun('integration', ['integration'], filters);
  },
  browser: () => playwrightRun(filters),
};

const args = process.argv.slice(2);
const named = args.filter((arg) => Object.hasOwn(stages, arg));
const filters = args.filter((arg) => !Object.hasOwn(stages, arg));
const chosen = named.length > 0 ? named : Object.keys(stages);
const needsMachine = chosen.includes('integration') || chosen.includes('browser');
/** Of the agents, while other stages run. @type {Promise<string>} */
let adapters = Promise.resolve('');

process.exitCode = await main();

async function main() {
  let total = none();
  const lines = [];
  const record = (name, counts, began) => {
    total = add(total, counts);
    lines.push(`  ${name.padEnd(12)} ${line(counts)}  (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  };
  const prepared = await prepare(record);
  if (prepared) {
    if (chosen.includes('integration')) adapters = provideAdapters(process.env);
    for (const name of chosen) {
      console.log(`\n── ${name} ──`);
      const began = Date.now();
      record(name, await stages[name](), began);
    }
  }
  console.log(`\n${lines.join('\n')}\n${lastLine(total)}`);
  return total.failed > 0 ? 1 : 0;
}

/** Without packages nothing can run; without a build or a program the stages that need none still can. */
async function prepare(record) {
  mkdirSync(results, { recursive: true });
  const began = Date.now();
  if (!(await attempt(ensurePackages))) {
    record('packages', failures(1), began);
    return false;
  }
  if (!needsMachine) return true;
  if (ensureSystem().length > 0) record('system', failures(1), began);
  if (!(await attempt(ensureBuilt))) record('build', failures(1), began);
  return true;
}

async function attempt(work) {
  try {
    await work();
    return true;
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
    return false;
  }
}

/** Not tests: each package whose types are wrong is one failure, and nothing counts as passed. */
async function types() {
  const present = typeProjects.filter((project) => existsSync(join(root, project)));
  const checks = await Promise.all(
    present.map((project) => capture([tsc, '-p', project, '--pretty', 'false'])),
  );
  let failed = 0;
  checks.forEach(({ code, output }, index) => {
    // "No inputs were found": a package that has no such file yet.
    if (code === 0 || /error TS18003/.test(output)) return;
    failed += 1;
    console.log(`types: ${present[index]}\n${output}`);
  });
  console.log(`types: ${failed === 0 ? 'right' : `wrong in ${failed} of ${present.length}`}`);
  return failures(failed);
}

async function lint() {
  const code = await run([biome, 'check', '--error-on-warnings', '--max-diagnostics=200', '.']);
  console.log(`lint and format: ${code === 0 ? 'right' : 'wrong (npm run format mends most of it)'}`);
  return failures(code === 0 ? 0 : 1);
}

async function vitestRun(name, projects, filters = []) {
  const report = join(results, `${name}.json`);
  rmSync(report, { force: true });
  const code = await run([
    vitest,
    'run',
    ...projects.map((project) => `--project=${project}`),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...(filters.length > 0 ? ['--passWithNoTests', ...filters] : []),
  ]);
  return countReport(report, code, countVitest);
}

async function playwrightRun(filters) {
  const report = join(results, 'browser.json');
  rmSync(report, { force: true });
  const code = await run([
    playwright,
    'test',
    '--config=e2e/playwright.config.ts',
    ...(filters.length > 0 ? ['--pass-with-no-tests', ...filters] : []),
  ]);
  return countReport(report, code, countPlaywright);
}

function failures(failed) {
  return { ...none(), failed };
}

/** Runs a Node script in the foreground; resolves to its exit code, or -1 when it had to be ended. */
function run(argv) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, argv, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    const timer = setTimeout(() => {
      console.log(`Ended after ${STAGE_TIMEOUT_MS / 60_000} minutes.`);
      child.kill('SIGKILL');
    }, STAGE_TIMEOUT_MS);
    child.on('error', () => resolve(-1));
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code ?? -1);
    });
  });
}

function capture(argv) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, argv, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('error', (error) => resolve({ code: -1, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });
}
