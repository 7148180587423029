/**
 * Pure: the environment of a shell on the server's own machine: what a login would give, and nothing of the
 * server's configuration, which holds its secrets.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

const KEPT = /^(HOME|USER|LOGNAME|PATH|LANG|LC_[A-Z]+|TZ|TMPDIR|XDG_[A-Z_]+|SSH_AUTH_SOCK)$/;

export function loginEnvironment(own: Environment): Record<string, string> & { SHELL: string } {
  const kept = Object.entries(own).filter(
    (entry): entry is [string, string] => KEPT.test(entry[0]) && entry[1] !== undefined,
  );
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    ...Object.fromEntries(kept),
    SHELL: own.SHELL || '/bin/sh',
  };
}
