/**
 * Pure: why git failed. git exits with 128 whatever happened and tells the rest in words only, so this file is
 * the one place where words are read; it is run with LC_ALL=C, and what it does not know stays `git_failed`.
 */

export type GitErrorCode =
  | 'git_authentication'
  | 'git_not_found'
  | 'git_unreachable'
  | 'git_host_key'
  | 'git_missing'
  | 'branch_missing'
  | 'disk_full'
  | 'git_timeout'
  | 'git_interrupted'
  | 'git_failed';

const PATTERNS: readonly (readonly [GitErrorCode, RegExp])[] = [
  ['disk_full', /No space left on device|Disk quota exceeded/],
  ['git_host_key', /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed/],
  [
    'git_authentication',
    /Authentication failed|could not read (Username|Password)|Permission denied \((publickey|password|keyboard)|terminal prompts disabled|The requested URL returned error: (401|403)|Invalid username or (password|token)|Load key .*: (invalid format|error in libcrypto|incorrect passphrase)/,
  ],
  [
    'git_not_found',
    /repository '.*' not found|Repository not found|The requested URL returned error: 404|does not appear to be a git repository|repository .* does not exist|The project you were looking for could not be found/,
  ],
  ['branch_missing', /Remote branch .* not found in upstream|couldn't find remote ref/],
  [
    'git_unreachable',
    /Could not resolve host|Could not resolve hostname|Connection (refused|timed out|reset)|Failed to connect|Network is unreachable|No route to host|Operation timed out|The requested URL returned error: (429|5\d\d)|early EOF|remote end hung up unexpectedly|unexpected disconnect|RPC failed|Connection closed by|SSL_ERROR_SYSCALL|TLS connection was non-properly terminated/,
  ],
  ['git_missing', /git: (command )?not found|ssh: not found|cannot run ssh/],
];

export function classifyGitError(stderr: string): GitErrorCode {
  return PATTERNS.find(([, pattern]) => pattern.test(stderr))?.[0] ?? 'git_failed';
}

export const isTransientGitError = (code: GitErrorCode): boolean =>
  code === 'git_unreachable' || code === 'git_timeout' || code === 'git_interrupted';

/** A sentence with what to do next. `where` is the URL, which never carries a secret. */
export function gitErrorMessage(code: GitErrorCode, where: string, branch: string | null): string {
  switch (code) {
    case 'git_authentication':
      return `${where} does not let us in. Check the repository's credential.`;
    case 'git_not_found':
      return `There is no repository at ${where}, or the credential may not see it.`;
    case 'git_unreachable':
      return `${where} cannot be reached from the machine.`;
    case 'git_host_key':
      return `The git server of ${where} shows another host key than the machine knows.`;
    case 'git_missing':
      return 'git (or ssh, for ssh URLs) is not installed on the machine.';
    case 'branch_missing':
      return `${where} has no branch ${branch ?? ''}.`.replace(' .', '.');
    case 'disk_full':
      return 'The disk of the machine is full.';
    case 'git_timeout':
      return `Cloning ${where} took too long.`;
    case 'git_interrupted':
      return `git was ended on the machine while it worked on ${where}.`;
    case 'git_failed':
      return `git could not clone ${where}.`;
  }
}
