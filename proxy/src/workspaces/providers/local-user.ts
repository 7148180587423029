/** Who the server runs as, by the machine's user database. */
import { homedir, userInfo } from 'node:os';
import type { LoginUser } from './local-environment.ts';

/** A container may run under a number that the database does not have: then little is known. */
export function loginUser(): LoginUser {
  try {
    const { username, homedir, shell } = userInfo();
    return { username, homedir, shell };
  } catch {
    return { username: String(process.getuid?.() ?? ''), homedir: homedir(), shell: null };
  }
}
