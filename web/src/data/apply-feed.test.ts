import type { MirroredRow, SyncServerMessage } from '@porthole/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FeedPlan, gatherRows, planChanges as plan, type ResetRows, type Write } from './apply-feed.ts';
import { BadRowError, decodeRow } from './decode-row.ts';

const planChanges = (cursor: number | null, message: Changes) => plan(cursor, message, decodeRow);
type Changes = Extract<SyncServerMessage, { type: 'changes' }>;
const ORG = `org_${'0'.repeat(20)}`;
const repositoryId = (n: number) => `rep_${String(n).padStart(20, '0')}`;
const repository = (n: number, name: string): MirroredRow<'repositories'> => ({
  id: repositoryId(n),
  organisationId: ORG,
  name,
  url: 'https://example.com/r.git',
  defaultBranch: 'main',
  credentialId: null,
  createdAt: 1,
});
const put = (seq: number, n: number, name = `r${seq}`) => ({
  seq,
  table: 'repositories' as const,
  id: repositoryId(n),
  op: 'put' as const,
  row: repository(n, name),
});
const drop = (seq: number, n: number) => ({
  seq,
  table: 'repositories' as const,
  id: repositoryId(n),
  op: 'delete' as const,
  row: null,
});
const changes = (cursor: number, list: Changes['changes'], caughtUp = true): Changes => ({
  type: 'changes',
  organisationId: ORG,
  cursor,
  changes: list,
  caughtUp,
});

/** The mirror as a map: what mirror.ts does with a plan. */
class Mirror {
  cursor: number | null = 0;
  rows = new Map<string, unknown>();
  apply(message: Changes): FeedPlan['kind'] {
    const planned = planChanges(this.cursor, message);
    if (planned.kind !== 'apply') return planned.kind;
    for (const write of planned.writes) {
      if (write.op === 'put') this.rows.set(write.row.id, write.row);
      else this.rows.delete(write.id);
    }
    this.cursor = planned.cursor;
    return 'apply';
  }
}

describe('planChanges', () => {
  it('[FD2] applies what follows the cursor and takes the new one', () => {
    expect(planChanges(4, changes(6, [put(5, 1), drop(6, 2)]))).toEqual({
      kind: 'apply',
      cursor: 6,
      writes: [
        { op: 'put', table: 'repositories', row: repository(1, 'r5') },
        { op: 'delete', table: 'repositories', id: repositoryId(2) },
      ],
    });
  });

  it('[FD2] applying twice changes nothing', () => {
    const message = changes(6, [put(5, 1), put(6, 2)]);
    expect(planChanges(6, message)).toEqual({ kind: 'nothing' });
    expect(planChanges(9, message)).toEqual({ kind: 'nothing' });
  });

  it('[FD2] takes from an overlap only what is new: an older row never replaces a newer one', () => {
    const planned = planChanges(5, changes(6, [put(4, 1, 'old'), put(5, 1, 'older'), put(6, 2)]));
    expect(planned).toMatchObject({ kind: 'apply', cursor: 6, writes: [{ row: { name: 'r6' } }] });
  });

  it('[FD2] a gap before, inside or behind the changes is a gap', () => {
    expect(planChanges(3, changes(6, [put(6, 1)]))).toEqual({ kind: 'gap' });
    expect(planChanges(3, changes(6, [put(4, 1), put(6, 1)]))).toEqual({ kind: 'gap' });
    expect(planChanges(3, changes(6, []))).toEqual({ kind: 'gap' });
  });

  it('[FD2] an empty message at the cursor says only that nothing is waiting', () => {
    expect(planChanges(6, changes(6, []))).toEqual({ kind: 'nothing' });
    expect(planChanges(0, changes(0, []))).toEqual({ kind: 'nothing' });
  });

  it('keeps only the last change to a row', () => {
    const planned = planChanges(0, changes(3, [put(1, 1), drop(2, 1), put(3, 1, 'last')]));
    expect(planned).toMatchObject({ kind: 'apply', writes: [{ op: 'put', row: { name: 'last' } }] });
    expect((planned as { writes: Write[] }).writes).toHaveLength(1);
  });

  it('refuses a row that its schema refuses', () => {
    const broken = { ...put(1, 1), row: { id: 'nonsense' } };
    expect(() => planChanges(0, changes(1, [broken]))).toThrow(BadRowError);
  });

  it('[FD2] any mix of repeated, overlapping and reordered messages ends as the log says', () => {
    const log = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(log, fc.array(fc.tuple(fc.nat(29), fc.nat(29)), { maxLength: 40 }), (entries, windows) => {
        const all = entries.map(([n, isPut], index) => (isPut ? put(index + 1, n) : drop(index + 1, n)));
        const mirror = new Mirror();
        for (const [a, b] of windows) {
          const from = Math.min(a, b) % all.length;
          const to = Math.max(a, b) % all.length;
          if (from > to) continue;
          mirror.apply(changes(to + 1, all.slice(from, to + 1), false));
        }
        // However it went so far: asking again with the cursor brings the rest.
        mirror.apply(changes(all.length, all.slice(mirror.cursor ?? 0)));
        const expected = new Mirror();
        expected.apply(changes(all.length, all));
        expect(mirror).toEqual(expected);
      }),
    );
  });
});

describe('gatherRows', () => {
  it('[FD2] gathers the rows of a reset by table, each row once', () => {
    const rows: ResetRows = new Map();
    const message = (...list: MirroredRow<'repositories'>[]) =>
      ({ type: 'rows', organisationId: ORG, table: 'repositories', rows: list }) as const;
    gatherRows(rows, message(repository(1, 'a'), repository(2, 'b')), decodeRow);
    gatherRows(rows, message(repository(1, 'c')), decodeRow);
    expect(
      [...(rows.get('repositories')?.values() ?? [])].map((row) => (row as { name: string }).name),
    ).toEqual(['c', 'b']);
  });
});
