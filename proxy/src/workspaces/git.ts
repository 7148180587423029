/**
 * Gets a checkout onto a machine. Git runs there; its secrets come over standard input and live in the
 * environment of that one git, or in a 0600 file that is removed with it.
 * Invariants: the checkout appears whole, in one rename, or not at all; no secret is in an argument, in
 * `.git/config`, or on the disk afterwards.
 */
import { StringDecoder } from 'node:string_decoder';
import { type ExecOptions, type ExecResult, wasInterrupted } from '../ssh/exec.ts';
import { quote } from '../ssh/quote.ts';
import { classifyGitError, type GitErrorCode, gitErrorMessage, isTransientGitError } from './git-errors.ts';
import { feedProgress, NO_PROGRESS } from './git-progress.ts';
import { type Progress, ProviderError } from './provider.ts';

export type GitCredential =
  | { kind: 'https_token'; username: string | null; token: string }
  | { kind: 'ssh_key'; privateKey: string };

export interface CloneRequest {
  /** null: no repository, an empty one is made. */
  url: string | null;
  credential: GitCredential | null;
  /** Of this branch; null: the remote's own default. */
  baseBranch: string | null;
  /** When `baseBranch` is only a guess, the remote's default may take its place. */
  baseIsGuess: boolean;
  /** Made from the base, or checked out when the remote has it already. */
  branch: string;
  /** Absolute; the workspace's own folder. */
  folder: string;
  /** Absolute; in `folder`. */
  checkout: string;
}

export interface Checkout {
  /** What the branch was made from; null for an empty repository. */
  baseBranch: string | null;
  /** The remote's own default branch; null: none, or one by a name that cannot be one. */
  head: string | null;
}

/** Runs a command on the workspace's machine. */
export type Run = (options: ExecOptions) => Promise<ExecResult>;

const LS_TIMEOUT_MS = 60_000;
const CLONE_TIMEOUT_MS = 60 * 60_000;

/** git asks nobody, speaks English, and reaches nothing but these transports, also for submodules. */
const ENVIRONMENT = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ALLOW_PROTOCOL: 'https:http:ssh:git:file',
  LC_ALL: 'C',
} as const;

/**
 * Common beginning of the scripts; $1 kind of credential, $2 folder, $3 url. The token is for the url's own server,
 * by the same scheme: one that it sends git on to, or that a filter of the repository asks, gets none. Reads the secret from standard input, into this
 * shell only. git hands GIT_SSH_COMMAND to a shell, which puts the paths in. A git server seen for the first time is
 * remembered beside the checkout, so that nothing outside the workspace's folder changes.
 */
const SECRETS = `
export PORTHOLE_KNOWN_HOSTS="$2/.known_hosts"
ssh_options='-o BatchMode=yes -o StrictHostKeyChecking=accept-new -o ConnectTimeout=20 -o UserKnownHostsFile="\\"$PORTHOLE_KNOWN_HOSTS\\" ~/.ssh/known_hosts"'
export GIT_SSH_COMMAND="ssh $ssh_options"
helper=
case $1 in
  https_token)
    IFS= read -r PORTHOLE_GIT_USERNAME; IFS= read -r PORTHOLE_GIT_PASSWORD
    host=\${3#*://}
    host=\${host%%/*}
    export PORTHOLE_GIT_USERNAME PORTHOLE_GIT_PASSWORD PORTHOLE_GIT_SERVER="\${3%%://*}://\${host##*@}"
    helper='!f() { test "$1" = get || exit 0; while IFS= read -r line; do case $line in protocol=*) scheme=\${line#*=};; host=*) host=\${line#*=};; esac; done; test "$scheme://$host" = "$PORTHOLE_GIT_SERVER" || exit 0; printf "username=%s\\npassword=%s\\n" "$PORTHOLE_GIT_USERNAME" "$PORTHOLE_GIT_PASSWORD"; }; f';;
  ssh_key)
    umask 077
    # Of one that was killed before its trap.
    rm -rf -- "$2"/.secret-*
    secrets=$(mktemp -d "$2/.secret-XXXXXX") || exit 1
    trap 'rm -rf "$secrets"' EXIT
    trap 'exit 143' HUP INT TERM
    export PORTHOLE_GIT_KEY="$secrets/key"
    cat > "$PORTHOLE_GIT_KEY"
    export GIT_SSH_COMMAND='ssh -i "$PORTHOLE_GIT_KEY" -o IdentitiesOnly=yes -o IdentityAgent=none '"$ssh_options";;
esac
git() { if [ -n "$helper" ]; then command git -c credential.helper= -c credential.helper="$helper" "$@"; else command git "$@"; fi; }`;

/** With the parameters of SECRETS. Prints what the remote has. */
const LIST_SCRIPT = `${SECRETS}
git ls-remote --symref -- "$3" HEAD 'refs/heads/*'`;

/** With the parameters of SECRETS: $4 branch to clone or empty, $5 new branch or empty, $6 checkout. */
const CLONE_SCRIPT = `${SECRETS}
partial=$2/.partial
rm -rf -- "$partial"
if [ -n "$4" ]; then git clone --progress --branch "$4" -- "$3" "$partial" || exit
else git clone --progress -- "$3" "$partial" || exit; fi
cd -- "$partial" || exit
if [ -n "$5" ]; then
  if git rev-parse -q --verify HEAD >/dev/null; then git checkout -q --no-track -b "$5" || exit
  else git symbolic-ref HEAD "refs/heads/$5" || exit; fi
fi
cd / && mv -- "$partial" "$6"`;

/** $1 folder, $2 branch, $3 checkout. */
const INIT_SCRIPT = `
partial=$1/.partial
rm -rf -- "$partial"
git init -q -- "$partial" && git -C "$partial" symbolic-ref HEAD "refs/heads/$2" && mv -- "$partial" "$3"`;

/** True when an earlier try got to the end. Its secrets go with the question: a killed one could not take them away. */
export async function hasCheckout(run: Run, folder: string, checkout: string): Promise<boolean> {
  const command = `rm -rf -- ${quote(folder)}/.secret-*\ntest -d ${quote(checkout)}`;
  const result = await run({ command, timeoutMs: LS_TIMEOUT_MS });
  if (result.exitCode === 0 || result.exitCode === 1) return result.exitCode === 0;
  // No answer is not a no: a second clone would end up inside the first.
  throw gitError('git_interrupted', checkout, null, lastLines(result.stderr.toString('utf8')));
}

/** Makes the checkout. Throws a `ProviderError`, transient when the network was at fault. */
export async function clone(
  run: Run,
  request: CloneRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<Checkout> {
  const { url, folder, branch, checkout } = request;
  if (url === null) {
    const command = withParameters(INIT_SCRIPT, folder, branch, checkout);
    expectSuccess(
      await run({ command, env: ENVIRONMENT, timeoutMs: LS_TIMEOUT_MS, signal }),
      'a new repository',
      null,
    );
    return { baseBranch: null, head: null };
  }
  const secret = secretInput(request.credential);
  const shared = [request.credential?.kind ?? 'none', folder, url] as const;
  progress({ note: 'Asking the git server' });
  const listed = await run({
    command: withParameters(LIST_SCRIPT, ...shared),
    env: ENVIRONMENT,
    stdin: secret,
    timeoutMs: LS_TIMEOUT_MS,
    maxOutputBytes: 8 * 1024 * 1024,
    signal,
  });
  expectSuccess(listed, url, null);
  const remote = parseRemote(listed.stdout.toString('utf8'));
  const choice = chooseBranch(remote, request);
  if (choice.kind === 'missing') throw gitError('branch_missing', url, choice.branch, null);
  const cloned = await run({
    command: withParameters(
      CLONE_SCRIPT,
      ...shared,
      choice.clone ?? '',
      choice.create ? branch : '',
      checkout,
    ),
    env: ENVIRONMENT,
    stdin: secret,
    timeoutMs: CLONE_TIMEOUT_MS,
    signal,
    onStderr: progressListener(progress),
  });
  expectSuccess(cloned, url, choice.clone);
  return { baseBranch: choice.base, head: remote.head };
}

export interface Remote {
  /** Where HEAD points; null when the remote is empty or does not say. */
  head: string | null;
  branches: ReadonlySet<string>;
}

/** Pure: the output of `ls-remote --symref`. */
export function parseRemote(output: string): Remote {
  let head: string | null = null;
  const branches = new Set<string>();
  for (const line of output.split('\n')) {
    const symref = /^ref: refs\/heads\/(\S+)\tHEAD$/.exec(line);
    if (symref?.[1] && isBranchName(symref[1])) head = symref[1];
    const branch = /^[0-9a-f]{40,64}\trefs\/heads\/(\S+)$/.exec(line);
    if (branch?.[1]) branches.add(branch[1]);
  }
  return { head, branches };
}

/** The remote is a stranger (SE5): what it calls its default is shown, and given to git again. */
const isBranchName = (name: string): boolean => name.length <= 200 && !/^[-.]|[\p{C}\s~^:?*[\\]/u.test(name);

export type BranchChoice =
  /** `clone`: what to check out first, null for the remote's HEAD. `create`: a new branch follows. */
  | { kind: 'clone'; clone: string | null; create: boolean; base: string | null }
  | { kind: 'missing'; branch: string };

/** Pure: which branch to start from. */
export function chooseBranch(
  remote: Remote,
  wish: Pick<CloneRequest, 'branch' | 'baseBranch' | 'baseIsGuess'>,
): BranchChoice {
  const { branch, baseBranch, baseIsGuess } = wish;
  if (remote.branches.has(branch))
    return { kind: 'clone', clone: branch, create: false, base: baseBranch ?? remote.head };
  if (remote.branches.size === 0) return { kind: 'clone', clone: null, create: true, base: null };
  if (baseBranch !== null && remote.branches.has(baseBranch)) {
    return { kind: 'clone', clone: baseBranch, create: true, base: baseBranch };
  }
  if (baseBranch !== null && !baseIsGuess) return { kind: 'missing', branch: baseBranch };
  return { kind: 'clone', clone: remote.head, create: true, base: remote.head };
}

const withParameters = (script: string, ...parameters: string[]): string =>
  `set -- ${parameters.map(quote).join(' ')}\n${script}`;

function secretInput(credential: GitCredential | null): string {
  if (credential === null) return '';
  if (credential.kind === 'ssh_key') return `${credential.privateKey.trimEnd()}\n`;
  if (/[\r\n]/.test(credential.token))
    throw gitError('git_authentication', 'The git server', null, 'The token has a line break in it.');
  return `${credential.username ?? 'x-access-token'}\n${credential.token}\n`;
}

function progressListener(progress: Progress): (chunk: Uint8Array) => void {
  const decoder = new StringDecoder('utf8');
  let state = NO_PROGRESS;
  return (chunk) => {
    state = feedProgress(state, decoder.write(Buffer.from(chunk)));
    if (state.latest) progress({ percent: state.latest.percent, note: state.latest.phase });
  };
}

function expectSuccess(result: ExecResult, where: string, branch: string | null): void {
  if (result.exitCode === 0) return;
  const said = result.stderr.toString('utf8');
  throw gitError(whyFailed(result, said), where, branch, lastLines(said));
}

function whyFailed(result: ExecResult, said: string): GitErrorCode {
  if (result.timedOut) return 'git_timeout';
  const code = classifyGitError(said);
  return code === 'git_failed' && wasInterrupted(result) ? 'git_interrupted' : code;
}

function gitError(
  code: GitErrorCode,
  where: string,
  branch: string | null,
  details: string | null,
): ProviderError {
  const kind = isTransientGitError(code) ? 'transient' : 'permanent';
  return new ProviderError(code, kind, gitErrorMessage(code, where, branch), details);
}

/** Without the progress lines. */
const lastLines = (stderr: string): string =>
  stderr
    .split(/[\r\n]+/)
    .filter((line) => line !== '' && !/\d+% \(/.test(line))
    .slice(-20)
    .join('\n')
    .slice(-4_000);
