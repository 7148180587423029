/**
 * Pure: a session's log as agents leave it: prompts, thoughts, calls of tools with output and changed lines, answers in
 * markdown. The same number gives the same log.
 */
import type { SessionEvent, SessionEventBody } from '@porthole/shared/agent-events';

export const AUTHORS = { usr_ana: 'Ana Lima', usr_bo: 'Bo Chen' } as const;
const STARTED = 1_700_000_000_000;

/** Events of `turns` turns; each turn makes some 20 entries. */
export function timelineEvents(turns: number): SessionEvent[] {
  const events: SessionEvent[] = [];
  const put = (body: SessionEventBody) =>
    events.push({ ...body, seq: events.length + 1, at: STARTED + events.length * 1_500 });
  for (let turn = 0; turn < turns; turn += 1) for (const body of turnOf(turn)) put(body);
  return events;
}

export function* turnOf(number: number): Generator<SessionEventBody> {
  const turn = `prm_${number}`;
  const by = number % 3 === 0 ? 'usr_bo' : 'usr_ana';
  yield {
    ...{ type: 'prompt_queued', prompt: turn, by, attachments: [], choices: {}, retryOf: null },
    text: `Step ${number}: ${'make it so that the second request answers what the first one did. '.repeat(1 + (number % 4))}`,
  };
  yield { type: 'turn_started', turn };
  for (let part = 0; part < 4; part += 1) {
    yield { type: 'text', turn, item: `thought ${part}`, kind: 'thought', text: PROSE };
    for (let call = 0; call < 3; call += 1) yield* callOf(turn, part * 3 + call, number);
    yield { type: 'text', turn, item: `text ${part}`, kind: 'message', text: answer(number, part) };
  }
  yield { type: 'turn_ended', turn, outcome: number % 17 === 5 ? 'stopped' : 'done', fault: null };
}

function* callOf(turn: string, call: number, number: number): Generator<SessionEventBody> {
  const id = { type: 'tool', turn, call: `call ${call}` } as const;
  const file = `src/feature-${number % 40}/part-${call}.ts`;
  if (call % 3 === 0) {
    yield { ...id, kind: 'read', title: `Read ${file}`, files: [file], status: 'done' };
  } else if (call % 3 === 1) {
    const before = Array.from({ length: 40 }, (_, n) => `const value${n} = ${n * number};\n`).join('');
    const after = before.replace('value7 =', 'value7: number =').replace('value30', 'renamed');
    yield {
      ...{ ...id, kind: 'edit', title: `Edit ${file}`, files: [file], status: 'done' },
      content: [{ kind: 'diff', path: file, before, after }],
    };
  } else {
    yield { ...id, kind: 'execute', title: 'npm test', input: '{"command":"npm test"}', status: 'running' };
    const output = Array.from({ length: 60 }, (_, n) => `\u001b[32m✓\u001b[0m case ${n}\r\n`).join('');
    yield { ...id, status: 'done', content: [{ kind: 'terminal', output, exitCode: 0 }] };
  }
}

const PROSE = 'The handler answers before the store has kept the key, so that two requests can both go on. ';

function answer(number: number, part: number): string {
  const lines = PROSE.repeat(1 + ((number + part) % 3));
  switch ((number + part) % 4) {
    case 0:
      return `${lines}\n\n\`\`\`ts\nexport const part = ${part};\nexport async function handle(request: Request) {\n  return answers.get(key) ?? keep(${number});\n}\n\`\`\`\n\nThat is all.`;
    case 1:
      return `### Step ${number}\n\n- **one** with \`code\`\n- two\n  - three\n\n| a | b |\n|---|---|\n| 1 | ${number} |\n| 2 | ${part} |`;
    case 2:
      return `${lines}\n\n1. first\n2. second, see https://example.com/${number}\n\n> ${PROSE}`;
    default:
      return lines;
  }
}
