/** Pure: what matters of a tool call, in one line: what it does, to what, and how that went. */
import type { ToolEntry } from '@porthole/shared/agent-entries';
import type { ToolContent, ToolKind } from '@porthole/shared/agent-events';
import { diffOf, type FileDiff } from './diff-model.ts';
import type { WorkPart } from './timeline-rows.ts';
import { counted, oneLine } from './timeline-text.ts';

export interface ToolSummary {
  /** Empty: the subject says it in words. */
  verb: string;
  subject: string;
  /** A path or a command, rather than words. */
  mono: boolean;
  /** "+3 −1", "exit 1", "12 lines". */
  result: { text: string; tone: 'plain' | 'bad' } | null;
  changed: { additions: number; deletions: number } | null;
}

const VERBS: Record<ToolKind, string> = {
  read: 'Read',
  edit: 'Edit',
  delete: 'Delete',
  move: 'Move',
  search: 'Search',
  execute: 'Run',
  think: 'Think',
  fetch: 'Fetch',
  switch_mode: 'Switch mode',
  other: 'Call',
};

const TESTS =
  /(?:^|[\s;&|/])(?:vitest|jest|pytest|playwright test|mocha|rspec|phpunit|ctest|(?:go|cargo|npm|pnpm|yarn|bun|deno|mix|gradle|\.\/gradlew|mvn|make|dotnet|swift)(?: run)? (?:-\S+ )*(?:t|test|tests|check)(?::\S+)?)(?:\s|$)/;

/** Entries are immutable: what was found out about one stays true. */
const summaries = new WeakMap<ToolEntry, ToolSummary>();

export function summaryOf(tool: ToolEntry): ToolSummary {
  const known = summaries.get(tool);
  if (known) return known;
  const summary = summarize(tool);
  summaries.set(tool, summary);
  return summary;
}

function summarize(tool: ToolEntry): ToolSummary {
  const input = inputOf(tool.input);
  const { subject, mono } = subjectOf(tool, input);
  const changed = changeOf(tool);
  return {
    verb: verbOf(tool, subject),
    subject,
    mono,
    changed,
    result: resultOf(tool),
  };
}

function verbOf({ kind }: ToolEntry, subject: string): string {
  if (kind === 'other' && /\s/.test(subject)) return '';
  return kind === 'execute' && TESTS.test(subject) ? 'Test' : VERBS[kind];
}

function subjectOf(tool: ToolEntry, input: Record<string, unknown>): { subject: string; mono: boolean } {
  const first = (...names: string[]) =>
    names.map((name) => input[name]).find((value): value is string => typeof value === 'string');
  const command = tool.kind === 'execute' ? commandOf(input) : undefined;
  if (command) return { subject: oneLine(command), mono: true };
  const path = tool.files[0] ?? first('path', 'file_path', 'abs_path');
  if (
    path &&
    (tool.kind === 'read' || tool.kind === 'edit' || tool.kind === 'delete' || tool.kind === 'move')
  ) {
    const more = tool.files.length > 1 ? ` +${tool.files.length - 1}` : '';
    return { subject: oneLine(path, 300) + more, mono: true };
  }
  const sought = tool.kind === 'search' ? first('pattern', 'query', 'regex', 'glob') : undefined;
  if (sought) return { subject: oneLine(sought), mono: true };
  const url = tool.kind === 'fetch' ? first('url', 'uri') : undefined;
  if (url) return { subject: oneLine(url), mono: true };
  const title = oneLine(tool.title);
  const code = /^`([^`]+)`$/.exec(title);
  if (code) return { subject: code[1] as string, mono: true };
  const verb = VERBS[tool.kind];
  const rest = title.toLowerCase().startsWith(`${verb.toLowerCase()} `)
    ? title.slice(verb.length + 1)
    : title;
  return { subject: rest || tool.call, mono: false };
}

function commandOf(input: Record<string, unknown>): string | undefined {
  const command = input.command ?? input.cmd;
  if (typeof command === 'string') return command;
  if (!Array.isArray(command)) return undefined;
  const words = command.filter((word): word is string => typeof word === 'string');
  // ["bash", "-lc", "npm test"]: what is meant is the last.
  return /^-\w*c$/.test(words.at(-2) ?? '') ? words.at(-1) : words.join(' ');
}

export function inputOf(text: string | null): Record<string, unknown> {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

type DiffContent = Extract<ToolContent, { kind: 'diff' }>;
const diffs = new WeakMap<DiffContent, FileDiff>();

export function diffOfContent(content: DiffContent): FileDiff {
  const known = diffs.get(content) ?? diffOf(content.path, content.before, content.after);
  diffs.set(content, known);
  return known;
}

function changeOf(tool: ToolEntry): ToolSummary['changed'] {
  const edits = tool.content.filter((content) => content.kind === 'diff');
  if (edits.length === 0) return null;
  let additions = 0;
  let deletions = 0;
  for (const diff of edits.slice(0, 50)) {
    const file = diffOfContent(diff);
    additions += file.additions;
    deletions += file.deletions;
  }
  return { additions, deletions };
}

function resultOf(tool: ToolEntry): ToolSummary['result'] {
  const ran = tool.content.findLast((content) => content.kind === 'terminal');
  if (ran && ran.exitCode !== null && ran.exitCode !== 0)
    return { text: `exit ${ran.exitCode}`, tone: 'bad' };
  if (tool.status === 'failed') return { text: 'failed', tone: 'bad' };
  if (tool.status === 'stopped') return { text: 'stopped', tone: 'plain' };
  return null;
}

/** "4 tool calls", "Read ×3, Edit, Test", whether something went wrong, and how long it took from end to end. */
export interface WorkSummary {
  calls: number;
  thoughts: number;
  verbs: string;
  failed: number;
  running: boolean;
  changed: ToolSummary['changed'];
  began: number;
  ended: number;
}

const MOST_VERBS = 5;

export function workSummary(parts: readonly WorkPart[]): WorkSummary {
  const verbs = new Map<string, number>();
  const work: WorkSummary = {
    ...{ calls: 0, thoughts: 0, verbs: '', failed: 0, running: false, changed: null },
    ...{ began: Number.POSITIVE_INFINITY, ended: 0 },
  };
  for (const part of parts) {
    if (part.type === 'text') work.thoughts += 1;
    if (part.type !== 'tool') continue;
    const { verb, changed } = summaryOf(part);
    work.calls += 1;
    const name = verb || VERBS.other;
    verbs.set(name, (verbs.get(name) ?? 0) + 1);
    if (part.status === 'failed') work.failed += 1;
    if (part.status === 'running' || part.status === 'pending') work.running = true;
    if (changed)
      work.changed = {
        additions: (work.changed?.additions ?? 0) + changed.additions,
        deletions: (work.changed?.deletions ?? 0) + changed.deletions,
      };
    work.began = Math.min(work.began, part.at);
    work.ended = Math.max(work.ended, part.endedAt ?? part.at);
  }
  const named = [...verbs].map(([verb, count]) => (count > 1 ? `${verb} ×${count}` : verb));
  const left = named.length - MOST_VERBS;
  work.verbs = named.slice(0, MOST_VERBS).join(', ') + (left > 0 ? ` and ${counted(left, 'other')}` : '');
  return work;
}
