import type { ToolEntry } from '@porthole/shared/agent-entries';
import { expect, it } from 'vitest';
import { summaryOf, workSummary } from './tool-summary.ts';

const tool = (more: Partial<ToolEntry>): ToolEntry => ({
  ...{ type: 'tool', key: 'k', seq: 1, at: 1_000, turn: 't', call: 'c', title: '', kind: 'other' },
  ...{ status: 'done', files: [], input: null, content: [], endedAt: 2_000 },
  ...more,
});

it('says of a call what it does and to what', () => {
  const line = (more: Partial<ToolEntry>) => {
    const { verb, subject } = summaryOf(tool(more));
    return `${verb} ${subject}`;
  };
  expect(line({ kind: 'read', title: 'Read file', files: ['src/a.ts'] })).toBe('Read src/a.ts');
  expect(line({ kind: 'edit', files: ['a', 'b', 'c'] })).toBe('Edit a +2');
  expect(line({ kind: 'execute', input: '{"command":"git push"}' })).toBe('Run git push');
  expect(line({ kind: 'execute', input: '{"command":["bash","-lc","pnpm test"]}' })).toBe('Test pnpm test');
  expect(line({ kind: 'execute', title: '`ls -la`' })).toBe('Run ls -la');
  expect(line({ kind: 'execute', title: 'latest' })).toBe('Run latest');
  expect(line({ kind: 'search', input: '{"pattern":"a|b"}' })).toBe('Search a|b');
  expect(line({ kind: 'search', title: 'Search docs', input: '[' })).toBe('Search docs');
  expect(line({ title: 'create_issue' })).toBe('Call create_issue');
  expect(summaryOf(tool({ title: 'May I push?' }))).toMatchObject({ verb: '', subject: 'May I push?' });
  expect(line({ kind: 'execute', input: '{"command":"a\\n\\u202eb"}' })).toBe('Run a ⏎ [U+202E]b');
});

it('says how it went: exit code, lines changed', () => {
  const ran = tool({ content: [{ kind: 'terminal', output: '', exitCode: 2 }], status: 'failed' });
  expect(summaryOf(ran).result).toEqual({ text: 'exit 2', tone: 'bad' });
  const edited = tool({ content: [{ kind: 'diff', path: 'a', before: 'x\n', after: 'y\nz\n' }] });
  expect(summaryOf(edited).changed).toEqual({ additions: 2, deletions: 1 });
});

it('counts a group by what its calls did, and takes the time from its first to its last', () => {
  const parts = [
    tool({ kind: 'read' }),
    tool({ kind: 'read', at: 3_000, endedAt: 9_000 }),
    tool({ kind: 'edit', status: 'failed', at: 4_000, endedAt: 5_000 }),
  ];
  expect(workSummary(parts)).toMatchObject({
    ...{ calls: 3, verbs: 'Read ×2, Edit', failed: 1, running: false },
    ...{ began: 1_000, ended: 9_000 },
  });
});
