/** Claude Code, before a FAKE of Anthropic's service. Opt-in: agents-real-kit. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { realAgentContract } from './agents-real-contract.ts';
import { FILE, type Heard, type Reply, replyTo } from './agents-real-kit.ts';
import { event, FAKE_MODEL, json } from './fake-models.ts';

interface Block {
  type: string;
  text?: string;
}
interface Message {
  role: string;
  content: string | Block[];
}

realAgentContract('Claude Code', {
  key: 'claude',
  secret: 'ANTHROPIC_API_KEY',
  keyHeader: 'x-api-key',
  careful: {},
  offers: ['model', 'mode'],
  model(asked, response, checkout) {
    if (!/^\/v1\/messages(\?|$)/.test(asked.path)) return json(response, 404, {});
    const { tools = [], messages } = JSON.parse(asked.body) as { tools?: object[]; messages: Message[] };
    // Besides the conversation it asks for such things as a title.
    answer(response, checkout, tools.length > 0 ? replyTo(heard(messages)) : { say: 'A title' });
  },
});

function heard(messages: Message[]): Heard {
  const said: string[] = [];
  let answered = false;
  for (const { role, content } of messages) {
    if (role !== 'user') continue;
    for (const { type, text = '' } of typeof content === 'string'
      ? [{ type: 'text', text: content }]
      : content) {
      if (type === 'tool_result') answered = true;
      // What the agent adds by itself.
      if (type !== 'text' || text.startsWith('<system-reminder>')) continue;
      said.push(text);
      answered = false;
    }
  }
  return { said, answered };
}

function answer(response: ServerResponse, checkout: string, reply: Reply): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const say = (type: string, data: object) => response.write(event(type, data));
  const block = (index: number, content_block: object, delta: object) => {
    say('content_block_start', { index, content_block });
    say('content_block_delta', { index, delta });
    say('content_block_stop', { index });
  };
  const empty = { type: 'message', role: 'assistant', content: [], stop_reason: null, stop_sequence: null };
  const usage = { input_tokens: 1_000, output_tokens: 1 };
  say('message_start', { message: { id: 'msg_1', model: FAKE_MODEL, usage, ...empty } });
  if ('hang' in reply) {
    say('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
    say('content_block_delta', { index: 0, delta: { type: 'text_delta', text: reply.hang } });
    return;
  }
  if ('say' in reply) block(0, { type: 'text', text: '' }, { type: 'text_delta', text: reply.say });
  else block(0, ...toolUse(checkout, reply));
  const stop_reason = 'say' in reply ? 'end_turn' : 'tool_use';
  say('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 20 } });
  say('message_stop', {});
  response.end();
}

function toolUse(checkout: string, reply: { run: string } | { write: string }): [object, object] {
  const [name, input] =
    'run' in reply
      ? ['Bash', { command: reply.run, description: 'Make a commit' }]
      : ['Write', { file_path: join(checkout, FILE), content: reply.write }];
  const partial_json = JSON.stringify(input);
  return [
    { type: 'tool_use', id: `toolu_${randomUUID()}`, name, input: {} },
    { type: 'input_json_delta', partial_json },
  ];
}
