// The programs that integration tests and journeys use: real ssh servers, real terminal programs, a real browser.
// Invariant: installs only what is missing, only as root on Debian; elsewhere it says what to install.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { findChromium, findHeadlessShell } from './chromium.mjs';

/** Without a database tests are skipped and say so, without the small browser they take longer: no run fails. */
const optional = new Set(['postgresql', 'chromium-headless-shell']);
const programs = { git: 'git', tmux: 'tmux', vim: 'vim', htop: 'htop', less: 'less' };

/** @returns {string[]} Debian's names of what is needed, is missing, and could not be installed */
export function ensureSystem() {
  return installMissing().filter((name) => !optional.has(name));
}

function installMissing() {
  const mayInstall = existsSync('/etc/debian_version') && process.getuid?.() === 0;
  let missing = missingPackages();
  if (mayInstall && !findHeadlessShell()) missing.push('chromium-headless-shell');
  if (missing.length === 0) return [];
  if (!mayInstall) {
    console.log(
      `Missing: ${missing.join(', ')}. Install them with your system's package manager; on Debian:`,
    );
    console.log(`  sudo apt-get install -y ${missing.join(' ')}`);
    if (missing.includes('chromium')) console.log('  or, for the browser: npx playwright install chromium');
    return missing;
  }
  console.log(`Installing ${missing.join(', ')} …`);
  apt(['update', '-q']);
  // Apart, since apt installs none of a list with a name that this release does not know.
  const needed = missing.filter((name) => !optional.has(name));
  for (const names of [needed, ...missing.filter((name) => optional.has(name)).map((name) => [name])])
    if (names.length > 0) apt(['install', '-y', '-q', '--no-install-recommends', ...names]);
  missing = missingPackages();
  if (missing.length > 0) console.log(`Could not install: ${missing.join(', ')}`);
  return missing;
}

function missingPackages() {
  const missing = Object.keys(programs).filter((name) => !onPath(programs[name]));
  if (!existsSync('/usr/sbin/sshd') && !onPath('sshd')) missing.push('openssh-server');
  if (!findChromium() && !existsSync(playwrightChromium())) missing.push('chromium');
  if (!hasPostgres()) missing.push('postgresql');
  return missing;
}

/** Debian keeps the server's programs off the path. */
function hasPostgres() {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  return onPath('initdb') || versions.some((version) => existsSync(join(debian, version, 'bin', 'initdb')));
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function playwrightChromium() {
  return createRequire(import.meta.url)('playwright').chromium.executablePath();
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stdout, stderr } = spawnSync('apt-get', args, { env, encoding: 'utf8' });
  if (status !== 0) console.log(`apt-get ${args[0]} failed:\n${stdout}${stderr}`);
}
