/** Who the server runs as, by the machine's user database, and where such a user's programs begin. */
import { accessSync, constants, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import type { LoginUser } from './local-environment.ts';

/** A container may run under a number that the database does not have: then little is known. Never throws. */
export function loginUser(): LoginUser {
  try {
    const { username, homedir, shell } = userInfo();
    return { username, homedir, shell };
  } catch {
    return { username: String(process.getuid?.() ?? ''), homedir: environmentHome(), shell: null };
  }
}

function environmentHome(): string {
  try {
    return homedir();
  } catch {
    return '';
  }
}

/** A service's user may have a home folder in name alone; a program cannot begin in one that is not there. */
export function firstFolder(home: string | undefined): string {
  try {
    if (!home || !statSync(home).isDirectory()) return '/';
    accessSync(home, constants.X_OK);
    return home;
  } catch {
    return '/';
  }
}
