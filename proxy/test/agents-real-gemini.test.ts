/** Gemini, before a FAKE of Google's service. Opt-in: agents-real-kit. */
import { readdirSync, renameSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { realAgentContract } from './agents-real-contract.ts';
import { FILE, type Heard, type Reply, replyTo } from './agents-real-kit.ts';
import { FAKE_MODEL, json } from './fake-models.ts';

interface Content {
  role?: string;
  parts: { text?: string; functionResponse?: object }[];
}

/** Not the one that it would take by itself. */
const MODEL = 'gemini-3.5-flash-lite';

realAgentContract('Gemini', {
  key: 'gemini',
  secret: 'GEMINI_API_KEY',
  keyHeader: null,
  careful: { model: MODEL },
  offers: ['model', 'mode'],
  silentOn: ['output', 'context'],
  beforeResume: makeOlder,
  env: (fake) => ({ GOOGLE_GEMINI_BASE_URL: fake }),
  model(asked, response, checkout) {
    const method = /:(\w+)/.exec(asked.path)?.[1];
    // Which model is best for it, and such things.
    if (method !== 'streamGenerateContent') return json(response, 200, piece([{ text: '{}' }]));
    const { contents } = JSON.parse(asked.body) as { contents: Content[] };
    const reply = replyTo(heard(contents));
    if ('run' in reply && !asked.path.includes(MODEL)) return json(response, 400, { error: 'another model' });
    answer(response, checkout, reply);
  },
});

function heard(contents: Content[]): Heard {
  const said: string[] = [];
  let answered = false;
  for (const { role, parts } of contents) {
    if (role === 'model') continue;
    for (const { text = '', functionResponse } of parts) {
      if (functionResponse) answered = true;
      // What the agent adds by itself.
      if (text === '' || /^\s*</.test(text)) continue;
      said.push(text);
      answered = false;
    }
  }
  return { said, answered };
}

const piece = (parts: object[], finishReason?: string) => ({
  candidates: [{ content: { role: 'model', parts }, finishReason, index: 0 }],
  usageMetadata: { promptTokenCount: 1_000, candidatesTokenCount: 20, totalTokenCount: 1_020 },
  modelVersion: FAKE_MODEL,
});

function answer(response: ServerResponse, checkout: string, reply: Reply): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const say = (part: object, end?: string) =>
    response.write(`data: ${JSON.stringify(piece([part], end))}\n\n`);
  if ('hang' in reply) {
    say({ text: reply.hang });
    return;
  }
  if ('say' in reply) say({ text: reply.say }, 'STOP');
  else say({ functionCall: functionCall(checkout, reply) }, 'STOP');
  response.end();
}

const functionCall = (checkout: string, reply: { run: string } | { write: string }) =>
  'run' in reply
    ? { name: 'run_shell_command', args: { command: reply.run, description: 'Make a commit' } }
    : { name: 'write_file', args: { file_path: join(checkout, FILE), content: reply.write } };

/** What is loaded in the minute in which it began is overwritten by this version: so it began at another time. */
function makeOlder(home: string): void {
  const folder = join(home, '.gemini', 'tmp');
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const file of all.filter((name) => /\/session-[^/]+\.jsonl$/.test(name)))
    renameSync(join(folder, file), join(folder, file.replace(/session-\d{4}/, 'session-2020')));
}
