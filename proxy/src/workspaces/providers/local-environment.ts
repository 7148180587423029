/**
 * Pure: the environment of a shell on the server's own machine: what a login would give, and nothing of the
 * server's configuration, which holds its secrets.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the machine's user database says of the server's user; an entry that is missing is empty. */
export interface LoginUser {
  username: string;
  homedir: string;
  shell: string | null;
}

const KEPT = /^(HOME|USER|LOGNAME|PATH|LANG|LC_[A-Z]+|TZ|TMPDIR|XDG_[A-Z_]+|SSH_AUTH_SOCK)$/;

/** Shells of accounts that nobody signs in to. A service's user has one, and is still whose machine this is. */
const REFUSING = /\/(nologin|false|true)$/;

/**
 * A server that an init system or a CI started has no SHELL, and often no HOME: a login takes them from the user
 * database, and so do we, or people get `sh` for the shell that they know.
 */
export function loginEnvironment(
  own: Environment,
  user: LoginUser,
): Record<string, string> & { SHELL: string } {
  const kept = Object.entries(own).filter(
    (entry): entry is [string, string] => KEPT.test(entry[0]) && Boolean(entry[1]),
  );
  const shell = user.shell && !REFUSING.test(user.shell) ? user.shell : '/bin/sh';
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    ...(user.homedir && { HOME: user.homedir }),
    ...(user.username && { USER: user.username, LOGNAME: user.username }),
    ...Object.fromEntries(kept),
    SHELL: own.SHELL || shell,
  };
}
