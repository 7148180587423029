import fc from 'fast-check';
import { expect, it } from 'vitest';
import { diffOf, type FileDiff, pairs, parseUnified } from './diff-model.ts';

/** Of this process, in ms: what else the machine does must not count. */
const worked = () => process.cpuUsage().user / 1_000;

const GIT = `diff --git a/src/a.ts b/src/a.ts
index 1..2 100644
--- a/src/a.ts
+++ b/src/a.ts
@@ -1,3 +1,4 @@ function f() {
 one
-two
+2
+two and a half
 three
\\ No newline at end of file
diff --git a/old name.txt b/new name.txt
similarity index 100%
rename from old name.txt
rename to new name.txt
diff --git a/gone.txt b/gone.txt
deleted file mode 100644
--- a/gone.txt
+++ /dev/null
@@ -1 +0,0 @@
--- looks like a header
diff --git "a/\\303\\244.txt" "b/\\303\\244.txt"
new file mode 100644
--- /dev/null
+++ "b/\\303\\244.txt"
@@ -0,0 +1 @@
+x
diff --git a/logo.png b/logo.png
Binary files a/logo.png and b/logo.png differ
`;

it('reads what git prints: hunks, renames, deletions, quoted names, binary files', () => {
  const files = parseUnified(GIT);
  expect(
    files.map(({ path, status, additions, deletions, binary }) => [
      path,
      status,
      additions,
      deletions,
      binary,
    ]),
  ).toEqual([
    ['src/a.ts', 'modified', 2, 1, false],
    ['new name.txt', 'renamed', 0, 0, false],
    ['gone.txt', 'deleted', 0, 1, false],
    ['ä.txt', 'added', 1, 0, false],
    ['logo.png', 'modified', 0, 0, true],
  ]);
  expect(files[0]?.hunks[0]?.heading).toBe('function f() {');
  expect(files[0]?.hunks[0]?.lines.map(({ before, after }) => [before, after])).toEqual([
    [1, 1],
    [2, null],
    [null, 2],
    [null, 3],
    [3, 4],
  ]);
  expect(files[2]?.hunks[0]?.lines).toMatchObject([{ kind: 'removed', text: '-- looks like a header' }]);
});

/** What the hunks say that both files are, for a diff whose context covers everything. */
const side = (file: FileDiff, kind: 'added' | 'removed') =>
  file.hunks.flatMap(({ lines }) => lines.filter((line) => line.kind === 'same' || line.kind === kind));

it('finds of any two texts a difference that leads from one to the other', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '', 'd'), { maxLength: 40 });
  fc.assert(
    fc.property(text, text, (old, now) => {
      const file = diffOf(
        'x',
        `${old.map((line) => `${line}\n`).join('')}`,
        now.map((line) => `${line}\n`).join(''),
      );
      // Every line that a hunk shows is the one of that number.
      for (const line of side(file, 'removed')) expect(line.text).toBe(old[line.before! - 1]);
      for (const line of side(file, 'added')) expect(line.text).toBe(now[line.after! - 1]);
      // What no hunk shows is the same in both.
      const rest = (lines: string[], seen: Set<number | null>) => lines.filter((_, at) => !seen.has(at + 1));
      expect(rest(old, new Set(side(file, 'removed').map(({ before }) => before)))).toEqual(
        rest(now, new Set(side(file, 'added').map(({ after }) => after))),
      );
      expect(old.length - file.deletions).toBe(now.length - file.additions);
    }),
    { numRuns: 500 },
  );
});

it('finds the smallest difference', () => {
  const old = 'a\nb\nc\na\nb\nb\na\n';
  const now = 'c\nb\na\nb\na\nc\n';
  const { additions, deletions } = diffOf('x', old, now);
  expect(additions + deletions).toBe(5);
  expect(diffOf('x', null, 'a\nb')).toMatchObject({ status: 'added', additions: 2, deletions: 0 });
});

it('puts what was removed beside what came in its place', () => {
  const [hunk] = parseUnified(GIT)[0]!.hunks;
  expect(pairs(hunk!.lines).map(({ left, right }) => [left?.text ?? null, right?.text ?? null])).toEqual([
    ['one', 'one'],
    ['two', '2'],
    [null, 'two and a half'],
    ['three', 'three'],
  ]);
});

it('[SE7] is done with large and wholly different texts in no time', { timeout: 60_000 }, () => {
  const began = worked();
  const many = (word: string) => Array.from({ length: 30_000 }, (_, n) => `${word} ${n % 97}`).join('\n');
  diffOf('x', many('a'), many('b'));
  diffOf('x', 'x'.repeat(524_288), 'y'.repeat(524_288));
  parseUnified(`@@ -1,99999999 +1,99999999 @@\n${'+x\n'.repeat(200_000)}`);
  parseUnified('diff --git "'.repeat(40_000));
  expect(worked() - began).toBeLessThan(3_000);
});
