/**
 * Pure: which files of a checkout have changed, the one definition for what a bridge tells after a turn and what the
 * proxy answers when it is asked. Changed is what differs from where the branch left its base: the merge base with the
 * workspace's base branch at the remote, with the remote's default branch where that is not known, and nothing at all in
 * a repository without a remote. Files that git does not know yet count like new ones. POSIX sh and git alone; nothing
 * of the repository is written, and none of its hooks into other programs is used.
 */
import type { FileChange } from './agent-events.ts';

/** In a list of changed files. */
export const MAX_CHANGED_FILES = 500;
/** git ends within. */
export const GIT_TIMEOUT_MS = 10_000;
/** What the list has at the most: some 50,000 files. */
export const CHANGES_BYTES = 8 * 1024 * 1024;
/** The exit code of the scripts where there is no git checkout. */
export const NO_CHECKOUT = 3;

/** $1: the base branch, or nothing. Beyond `COUNTED` files that git does not know their lines are not counted. */
const COUNTED = 10_000;
const BEGIN = `
export GIT_OPTIONAL_LOCKS=0 GIT_LITERAL_PATHSPECS=1 LC_ALL=C
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_COMMON_DIR GIT_PREFIX
g() { git -c core.fsmonitor=false -c core.quotepath=off -c diff.relative=false "$@"; }
d() { g diff -M --no-ext-diff --no-textconv --no-color "$@"; }
top=$(g rev-parse --show-toplevel 2>/dev/null) && cd "$top" 2>/dev/null || exit ${NO_CHECKOUT}
base=
for ref in \${1:+"refs/remotes/origin/$1"} refs/remotes/origin/HEAD refs/remotes/origin/main refs/remotes/origin/master; do
  base=$(g merge-base HEAD "$ref" 2>/dev/null) && [ -n "$base" ] && break
done
[ -n "$base" ] || base=$(g hash-object -t tree /dev/null)
others=$(g ls-files --others --exclude-standard | wc -l)
if [ "$others" -gt 0 ] && [ "$others" -le ${COUNTED} ]; then
  # In an index of our own, so that git counts what it does not know yet as it counts all else.
  own=$(mktemp -d) || exit 1
  trap 'rm -rf "$own"' EXIT
  trap 'exit 143' HUP INT TERM
  cp "$(g rev-parse --git-path index)" "$own/index" 2>/dev/null
  objects=$(cd "$(g rev-parse --git-path objects)" && pwd) && mkdir "$own/objects" || exit 1
  GIT_INDEX_FILE=$own/index GIT_OBJECT_DIRECTORY=$own/objects GIT_ALTERNATE_OBJECT_DIRECTORIES=$objects \\
    g add --intent-to-add --ignore-errors . >/dev/null 2>&1
  with="GIT_INDEX_FILE=$own/index"
fi`;

/** $1: the base branch, or nothing. Prints what `parseChanges` reads. */
export const CHANGES_SCRIPT = `${BEGIN}
[ -z "$with" ] || export "$with"
d --raw --numstat -z "$base" -- || exit 1
unset GIT_INDEX_FILE
printf '\\0'
g ls-files --others --exclude-standard -z`;

/** $1: the base branch, or nothing; then paths: of a file that was renamed both. Prints a unified diff. */
export const DIFF_SCRIPT = `${BEGIN}
[ -z "$with" ] || export "$with"
shift
d "$base" -- "$@"`;

/** `from`: where a renamed file was. */
export type ChangedFile = FileChange & { from: string | null };

const STATUSES: Record<string, FileChange['status'] | undefined> = {
  A: 'added',
  C: 'added',
  D: 'deleted',
  R: 'renamed',
};

/**
 * `git diff --raw --numstat -z` (":… M\0path\0", of renames two paths; then "1\t2\tpath\0", or "1\t2\t\0from\0to\0"),
 * an empty record, and `git ls-files --others -z`. What is cut off in the middle is left out. Sorted by path.
 */
export function parseChanges(output: string): ChangedFile[] {
  const records = output.split('\0');
  records.pop();
  const files = new Map<string, ChangedFile>();
  let at = 0;
  const take = () => records[at++] ?? '';
  while (at < records.length) {
    const record = take();
    if (record === '') break;
    if (record.startsWith(':')) raw(record, take, files);
    else numbers(record, take, files);
  }
  for (const record of records.slice(at)) {
    // A repository within this one is named as a folder here, and as a file above.
    const path = record.replace(/\/$/, '');
    const known = files.get(path) ?? { path, from: null, additions: null, deletions: null };
    if (known.from === null) files.set(path, { ...known, status: 'untracked' });
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function raw(record: string, take: () => string, files: Map<string, ChangedFile>): void {
  const letter = record.split(' ')[4]?.[0] ?? 'M';
  const moved = letter === 'R' || letter === 'C' ? take() : null;
  const path = take();
  if (path === '') return;
  const status = STATUSES[letter] ?? 'modified';
  files.set(path, { path, status, from: letter === 'R' ? moved : null, additions: 0, deletions: 0 });
}

function numbers(record: string, take: () => string, files: Map<string, ChangedFile>): void {
  const [added = '', deleted = ''] = record.split('\t', 2);
  const inline = record.slice(added.length + deleted.length + 2);
  if (inline === '') take();
  const path = inline === '' ? take() : inline;
  const file = files.get(path);
  if (file) files.set(path, { ...file, additions: count(added), deletions: count(deleted) });
}

/** git counts no lines of what it calls binary. */
const count = (text: string): number | null => (text === '-' ? null : Number.parseInt(text, 10) || 0);
