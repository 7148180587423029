/**
 * Pure: differences as hunks of lines, from unified text (what git prints) or from two texts (what a tool says that it
 * changed). Both are hostile: bounded in lines and in work; what is too different is shown as all removed, all added.
 */

export interface DiffLine {
  kind: 'same' | 'added' | 'removed';
  text: string;
  /** Numbers in the old and the new file, from 1; null where it is not in it. */
  before: number | null;
  after: number | null;
}

export interface Hunk {
  /** What git puts behind the @@: the function it is in. */
  heading: string;
  lines: DiffLine[];
}

export interface FileDiff {
  path: string;
  /** Where it was before a rename. */
  from: string | null;
  status: 'added' | 'modified' | 'deleted' | 'renamed';
  binary: boolean;
  additions: number;
  deletions: number;
  hunks: Hunk[];
}

export const MAX_DIFF_LINES = 20_000;
const CONTEXT = 3;
/** Edits that are searched for before the middle counts as rewritten. */
const MAX_EDITS = 600;

/** Unified text of any number of files. What is no diff yields no file. */
export function parseUnified(text: string): FileDiff[] {
  const files: FileDiff[] = [];
  let file: FileDiff | null = null;
  let hunk: Hunk | null = null;
  let before = 0;
  let after = 0;
  let oldLeft = 0;
  let newLeft = 0;
  let lines = 0;
  for (const line of linesOf(text)) {
    if (++lines > MAX_DIFF_LINES) break;
    if (hunk && (oldLeft > 0 || newLeft > 0)) {
      const sign = line[0] ?? ' ';
      if (sign === '\\') continue;
      const content = line.slice(1);
      if (sign === '+') {
        hunk.lines.push({ kind: 'added', text: content, before: null, after: after++ });
        newLeft -= 1;
        file!.additions += 1;
      } else if (sign === '-') {
        hunk.lines.push({ kind: 'removed', text: content, before: before++, after: null });
        oldLeft -= 1;
        file!.deletions += 1;
      } else {
        hunk.lines.push({ kind: 'same', text: content, before: before++, after: after++ });
        oldLeft -= 1;
        newLeft -= 1;
      }
      continue;
    }
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/.exec(line);
    if (head) {
      file ??= begin(files, '');
      hunk = { heading: head[5] ?? '', lines: [] };
      file.hunks.push(hunk);
      before = Number(head[1]);
      after = Number(head[3]);
      oldLeft = head[2] === undefined ? 1 : Number(head[2]);
      newLeft = head[4] === undefined ? 1 : Number(head[4]);
    } else if (line.startsWith('diff --git ')) {
      file = begin(files, pathOfGitLine(line));
      hunk = null;
    } else if (line.startsWith('--- ') && (file === null || file.hunks.length > 0)) {
      file = begin(files, pathOf(line.slice(4)) ?? '');
      hunk = null;
    } else if (file) describe(file, line);
  }
  return files;
}

function begin(files: FileDiff[], path: string): FileDiff {
  const file: FileDiff = {
    ...{ path, from: null, status: 'modified', binary: false },
    ...{ additions: 0, deletions: 0, hunks: [] },
  };
  files.push(file);
  return file;
}

function describe(file: FileDiff, line: string): void {
  if (line.startsWith('new file')) file.status = 'added';
  else if (line.startsWith('deleted file')) file.status = 'deleted';
  else if (line.startsWith('rename from ')) {
    file.status = 'renamed';
    file.from = line.slice(12);
  } else if (line.startsWith('rename to ')) file.path = line.slice(10);
  else if (line.startsWith('Binary files ') || line.startsWith('GIT binary patch')) file.binary = true;
  else if (line.startsWith('--- ')) file.path = pathOf(line.slice(4)) ?? file.path;
  else if (line.startsWith('+++ ')) {
    const path = pathOf(line.slice(4));
    if (path === null) file.status = 'deleted';
    else file.path = path;
  }
}

/** "a/src/x.ts" → "src/x.ts"; null for /dev/null. Git quotes unusual names as C does. */
function pathOf(name: string): string | null {
  const plain = unquote(name.replace(/\t.*$/, ''));
  if (plain === '/dev/null') return null;
  return /^[ab]\//.test(plain) ? plain.slice(2) : plain;
}

function pathOfGitLine(line: string): string {
  const quoted = / ("(?:[^"\\]|\\.){0,4096}")$/.exec(line);
  if (quoted) return pathOf(quoted[1] as string) ?? '';
  const names = line.slice('diff --git '.length);
  const half = (names.length - 1) / 2;
  const second = names.slice(half + 1);
  if (Number.isInteger(half) && names.slice(2, half) === second.slice(2)) return second.slice(2);
  return names.slice(names.lastIndexOf(' b/') + 3);
}

function unquote(name: string): string {
  if (!name.startsWith('"') || !name.endsWith('"')) return name;
  const octets: number[] = [];
  const utf8 = new TextEncoder();
  for (const [piece, octal, escaped] of name.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|[^\\]+/gsu)) {
    if (octal) octets.push(Number.parseInt(octal, 8) & 255);
    else octets.push(...utf8.encode(escaped ? ({ n: '\n', t: '\t' }[escaped] ?? escaped) : piece));
  }
  return new TextDecoder().decode(new Uint8Array(octets));
}

/** `before` null: the file is new. */
export function diffOf(path: string, before: string | null, after: string): FileDiff {
  const old = before === null || before === '' ? [] : splitLines(before);
  const now = after === '' ? [] : splitLines(after);
  const lines = lineDiff(old, now);
  return {
    ...{ path, from: null, binary: false, hunks: hunksOf(lines) },
    status: before === null ? 'added' : 'modified',
    additions: lines.filter(({ kind }) => kind === 'added').length,
    deletions: lines.filter(({ kind }) => kind === 'removed').length,
  };
}

const splitLines = (text: string): string[] => {
  const lines = [...linesOf(text)].slice(0, MAX_DIFF_LINES);
  if (text.endsWith('\n')) lines.pop();
  return lines;
};

function* linesOf(text: string): Generator<string> {
  let from = 0;
  for (;;) {
    const end = text.indexOf('\n', from);
    if (end < 0) {
      yield text.slice(from);
      return;
    }
    yield text.slice(from, text[end - 1] === '\r' ? end - 1 : end);
    from = end + 1;
  }
}

function lineDiff(old: readonly string[], now: readonly string[]): DiffLine[] {
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  const most = Math.min(old.length, now.length) - head;
  while (tail < most && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  const lines: DiffLine[] = [];
  const put = (kind: DiffLine['kind'], before: number | null, after: number | null) => {
    const text = before === null ? now[after!]! : old[before]!;
    lines.push({
      kind,
      text,
      before: before === null ? null : before + 1,
      after: after === null ? null : after + 1,
    });
  };
  for (let at = 0; at < head; at += 1) put('same', at, at);
  let x = head;
  let y = head;
  for (const [keepX, keepY] of common(old, now, head, old.length - tail, now.length - tail)) {
    while (x < keepX) put('removed', x++, null);
    while (y < keepY) put('added', null, y++);
    put('same', x++, y++);
  }
  while (x < old.length - tail) put('removed', x++, null);
  while (y < now.length - tail) put('added', null, y++);
  for (let at = tail; at > 0; at -= 1) put('same', old.length - at, now.length - at);
  return lines;
}

/** Lines that stay, by Myers' greedy O(ND) algorithm (Algorithmica 1, 1986); none when there are too many edits. */
function common(
  old: readonly string[],
  now: readonly string[],
  head: number,
  oldEnd: number,
  newEnd: number,
): [number, number][] {
  const n = oldEnd - head;
  const m = newEnd - head;
  if (n === 0 || m === 0) return [];
  const limit = Math.min(n + m, MAX_EDITS);
  const furthest = new Int32Array(2 * limit + 3);
  const trail: Int32Array[] = [];
  const middle = limit + 1;
  for (let edits = 0; edits <= limit; edits += 1) {
    trail.push(furthest.slice(middle - edits - 1, middle + edits + 2));
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && furthest[middle + k - 1]! < furthest[middle + k + 1]!);
      let x = down ? furthest[middle + k + 1]! : furthest[middle + k - 1]! + 1;
      let y = x - k;
      while (x < n && y < m && old[head + x] === now[head + y]) {
        x += 1;
        y += 1;
      }
      furthest[middle + k] = x;
      if (x >= n && y >= m) return backtrack(trail, n, m, head);
    }
  }
  return [];
}

function backtrack(trail: readonly Int32Array[], n: number, m: number, head: number): [number, number][] {
  const kept: [number, number][] = [];
  let x = n;
  let y = m;
  for (let edits = trail.length - 1; edits >= 0; edits -= 1) {
    const furthest = trail[edits]!;
    const at = (k: number) => furthest[k + edits + 1]!;
    const k = x - y;
    const down = k === -edits || (k !== edits && at(k - 1) < at(k + 1));
    const fromK = down ? k + 1 : k - 1;
    const fromX = edits === 0 ? 0 : at(fromK);
    const fromY = edits === 0 ? 0 : fromX - fromK;
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      // The step of an edit itself is not diagonal: what is left over after it is.
      if (edits > 0 && (x < (down ? fromX : fromX + 1) || y < (down ? fromY + 1 : fromY))) {
        x += 1;
        y += 1;
        break;
      }
      kept.push([head + x, head + y]);
    }
    x = fromX;
    y = fromY;
  }
  return kept.reverse();
}

function hunksOf(lines: readonly DiffLine[]): Hunk[] {
  const hunks: Hunk[] = [];
  let at = 0;
  while (at < lines.length) {
    const first = lines.findIndex(({ kind }, place) => place >= at && kind !== 'same');
    if (first < 0) break;
    const from = Math.max(at, first - CONTEXT);
    let last = first;
    for (let place = first; place < lines.length && place - last <= CONTEXT * 2; place += 1)
      if (lines[place]!.kind !== 'same') last = place;
    at = Math.min(lines.length, last + CONTEXT + 1);
    hunks.push({ heading: '', lines: lines.slice(from, at) });
  }
  return hunks;
}

/** Lines beside one another: what was removed beside what was added in its place. */
export interface Pair {
  left: DiffLine | null;
  right: DiffLine | null;
}

export function pairs(lines: readonly DiffLine[]): Pair[] {
  const list: Pair[] = [];
  let at = 0;
  while (at < lines.length) {
    if (lines[at]!.kind === 'same') {
      list.push({ left: lines[at]!, right: lines[at]! });
      at += 1;
      continue;
    }
    const removed: DiffLine[] = [];
    const added: DiffLine[] = [];
    for (; at < lines.length && lines[at]!.kind !== 'same'; at += 1)
      (lines[at]!.kind === 'removed' ? removed : added).push(lines[at]!);
    for (let row = 0; row < Math.max(removed.length, added.length); row += 1)
      list.push({ left: removed[row] ?? null, right: added[row] ?? null });
  }
  return list;
}
