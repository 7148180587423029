/** Codex, before a FAKE of OpenAI's service. Opt-in: agents-real-kit. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { realAgentContract } from './agents-real-contract.ts';
import { FILE, type Heard, type Reply, replyTo } from './agents-real-kit.ts';
import { event, FAKE_MODEL, json } from './fake-models.ts';

/** Of a request: what was said, what tools answered, and much else. */
interface Item {
  type: string;
  role?: string;
  content?: string | { text?: string }[];
}

realAgentContract('Codex', {
  key: 'codex',
  secret: 'OPENAI_API_KEY',
  keyHeader: 'authorization',
  careful: { mode: 'read-only' },
  offers: ['model', 'mode', 'reasoning'],
  model(asked, response) {
    if (asked.path !== '/v1/responses') return json(response, 404, {});
    const { input } = JSON.parse(asked.body) as { input: Item[] };
    answer(response, replyTo(heard(input)));
  },
});

function heard(input: Item[]): Heard {
  const said: string[] = [];
  let answered = false;
  for (const { type, role, content = [] } of input) {
    if (type.endsWith('_call_output')) answered = true;
    if (type !== 'message' || role !== 'user') continue;
    for (const { text = '' } of typeof content === 'string' ? [{ text: content }] : content) {
      // What the agent adds by itself.
      if (/^\s*(<|#)/.test(text)) continue;
      said.push(text);
      answered = false;
    }
  }
  return { said, answered };
}

function answer(response: ServerResponse, reply: Reply): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const say = (type: string, data: object) => response.write(event(type, data));
  const id = `resp_${randomUUID()}`;
  say('response.created', { response: { id, model: FAKE_MODEL } });
  if ('say' in reply || 'hang' in reply) {
    const text = 'say' in reply ? reply.say : reply.hang;
    const item = { type: 'message', id: `msg_${randomUUID()}`, role: 'assistant', content: [] as object[] };
    say('response.output_item.added', { output_index: 0, item });
    say('response.output_text.delta', { item_id: item.id, output_index: 0, content_index: 0, delta: text });
    if ('hang' in reply) return;
    item.content.push({ type: 'output_text', text });
    say('response.output_item.done', { output_index: 0, item });
  } else say('response.output_item.done', { output_index: 0, item: toolCall(reply) });
  const usage = { input_tokens: 1_000, output_tokens: 20, total_tokens: 1_020 };
  say('response.completed', { response: { id, model: FAKE_MODEL, usage } });
  response.end();
}

/** It asks for everything by JavaScript. */
function toolCall(reply: { run: string } | { write: string }): object {
  const patch = (text: string) => `*** Begin Patch\n*** Add File: ${FILE}\n+${text}*** End Patch`;
  const more = { sandbox_permissions: 'require_escalated', justification: 'May I?' };
  const input =
    'run' in reply
      ? `text((await tools.exec_command(${JSON.stringify({ cmd: reply.run, ...more })})).output)`
      : `text(await tools.apply_patch(${JSON.stringify(patch(reply.write))}))`;
  const id = randomUUID();
  return { type: 'custom_tool_call', id: `ctc_${id}`, call_id: `call_${id}`, name: 'exec', input };
}
