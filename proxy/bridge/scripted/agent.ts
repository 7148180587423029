/**
 * `bridge.mjs scripted-agent`: an ACP agent without a model, which says so. It does what a prompt lists (`script.ts`),
 * with real effects in the checkout through the client's terminals and files: for newcomers, and for tests, which get a
 * deterministic peer that misbehaves on request. It remembers its conversations in files (`memory.ts`).
 */
import { randomUUID } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import {
  type AgentContext,
  agent,
  ndJsonStream,
  type PlanEntryStatus,
  type PromptRequest,
  type PromptResponse,
  RequestError,
  type SessionConfigOption,
  type SessionModeState,
} from '@agentclientprotocol/sdk';
import { Memory } from './memory.ts';
import { HELP, parseScript, type Step } from './script.ts';
import { Rejected, runStep, Stopped, say, stream, type Work } from './steps.ts';

interface Conversation {
  id: string;
  cwd: string;
  prompts: string[];
  pace: 'natural' | 'instant';
  mode: 'auto' | 'ask';
  /** Of the turn that runs. */
  stop: AbortController | null;
  stubborn: boolean;
  calls: number;
  usedChars: number;
  /** Dollars that it says were spent since it was started. */
  cost: number;
}

const WORD_MS = 35;
const CONTEXT_TOKENS = 200_000;
const CHARS_PER_TOKEN = 4;

export async function runScriptedAgent(env: NodeJS.ProcessEnv): Promise<void> {
  const scripted = new ScriptedAgent(
    new Memory(env),
    env.PORTHOLE_SCRIPTED_PACE === 'instant' ? 'instant' : 'natural',
  );
  const output = Writable.toWeb(process.stdout) as WritableStream<Uint8Array>;
  const input = Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>;
  const connection = scripted.app().connect(ndJsonStream(output, input));
  await connection.closed;
}

class ScriptedAgent {
  readonly #memory: Memory;
  readonly #pace: Conversation['pace'];
  readonly #all = new Map<string, Conversation>();

  constructor(memory: Memory, pace: Conversation['pace']) {
    this.#memory = memory;
    this.#pace = pace;
  }

  app() {
    return agent({ name: 'scripted-agent' })
      .onRequest('initialize', () => ({
        protocolVersion: 1,
        agentInfo: { name: 'scripted', title: 'Scripted agent (no model)', version: '1.0.0' },
        agentCapabilities: { loadSession: true, promptCapabilities: { image: true, embeddedContext: true } },
      }))
      .onRequest('session/new', ({ params, client }) => {
        const conversation = this.#begin(randomUUID(), params.cwd, []);
        this.#memory.save(conversation.id, []);
        this.#offerCommands(client, conversation.id);
        return { sessionId: conversation.id, ...offers(conversation) };
      })
      .onRequest('session/load', async ({ params, client }) => {
        const { sessionId, cwd } = params;
        const prompts = this.#memory.load(sessionId);
        if (!prompts) throw RequestError.sessionNotFound(sessionId);
        const conversation = this.#begin(sessionId, cwd, prompts);
        for (const text of prompts) {
          const update = {
            sessionUpdate: 'user_message_chunk' as const,
            content: { type: 'text' as const, text },
          };
          await client.notify('session/update', { sessionId, update });
        }
        this.#offerCommands(client, sessionId);
        return offers(conversation);
      })
      .onRequest('session/set_mode', ({ params }) => {
        this.#get(params.sessionId).mode = params.modeId === 'ask' ? 'ask' : 'auto';
      })
      .onRequest('session/set_config_option', ({ params }) => {
        const conversation = this.#get(params.sessionId);
        if (params.configId !== 'pace') throw RequestError.invalidParams({ configId: params.configId });
        conversation.pace = params.value === 'instant' ? 'instant' : 'natural';
        return { configOptions: offers(conversation).configOptions };
      })
      .onRequest('session/prompt', ({ params, client }) => this.#prompt(params, client))
      .onNotification('session/cancel', ({ params }) => {
        const conversation = this.#get(params.sessionId);
        if (!conversation.stubborn) conversation.stop?.abort();
      });
  }

  async #prompt(params: PromptRequest, client: AgentContext): Promise<PromptResponse> {
    const conversation = this.#get(params.sessionId);
    const text = params.prompt.map((block) => (block.type === 'text' ? block.text : '')).join('\n');
    const stop = new AbortController();
    conversation.stop = stop;
    conversation.stubborn = false;
    const work = workOf(conversation, client, stop.signal);
    conversation.prompts.push(text);
    this.#memory.save(conversation.id, conversation.prompts);
    conversation.usedChars += text.length + 400;
    try {
      await runScript(text, work);
      await say(work, { sessionUpdate: 'usage_update', ...usage(conversation) });
      return { stopReason: 'end_turn' };
    } catch (error) {
      if (error instanceof Stopped) return { stopReason: 'cancelled' };
      if (error instanceof Rejected) return { stopReason: 'end_turn' };
      throw error;
    } finally {
      conversation.stop = null;
    }
  }

  #begin(id: string, cwd: string, prompts: string[]): Conversation {
    const usedChars = prompts.join('').length;
    const fresh = { pace: this.#pace, mode: 'auto' as const, stop: null, stubborn: false };
    // Ids of tool calls do not repeat those of before.
    const conversation = { id, cwd, prompts, ...fresh, calls: prompts.length * 1_000, usedChars, cost: 0 };
    this.#all.set(id, conversation);
    return conversation;
  }

  #get(id: string): Conversation {
    const conversation = this.#all.get(id);
    if (!conversation) throw RequestError.sessionNotFound(id);
    return conversation;
  }

  /** After the answer that makes the conversation known. */
  #offerCommands(client: AgentContext, sessionId: string): void {
    const availableCommands = [
      { name: 'help', description: 'What the scripted agent can do' },
      { name: 'tour', description: 'A plan, commands, an edit and a question: how a session looks' },
    ];
    const update = { sessionUpdate: 'available_commands_update' as const, availableCommands };
    setImmediate(() => void client.notify('session/update', { sessionId, update }).catch(() => {}));
  }
}

async function runScript(text: string, work: Work): Promise<void> {
  const steps = parseScript(text);
  if (steps.length === 0) return stream(work, 'agent_message_chunk', HELP);
  let plan: string[] = [];
  let at = 0;
  let before: Step['do'] | null = null;
  const show = (done: number) => {
    const status = (n: number): PlanEntryStatus =>
      n < done ? 'completed' : n === done ? 'in_progress' : 'pending';
    const entries = plan.map((content, n) => ({ content, priority: 'medium' as const, status: status(n) }));
    return say(work, { sessionUpdate: 'plan', entries });
  };
  for (const step of steps) {
    if (step.do === 'plan') {
      plan = step.entries;
      at = 0;
      await show(0);
      continue;
    }
    await runStep(step.do === before ? apart(step) : step, work);
    before = step.do;
    // The last entry is done when the prompt is.
    if (at < plan.length - 1 && step.do !== 'say' && step.do !== 'think') {
      at += 1;
      await show(at);
    }
  }
  if (plan.length > 0) await show(plan.length);
}

/** What is said without anything between is one message: then a paragraph of its own. */
function apart(step: Step): Step {
  return step.do === 'say' || step.do === 'think' ? { ...step, text: `\n\n${step.text}` } : step;
}

function workOf(conversation: Conversation, client: AgentContext, signal: AbortSignal): Work {
  return {
    ...{ client, signal, sessionId: conversation.id, cwd: conversation.cwd },
    pace: conversation.pace === 'instant' ? 0 : WORD_MS,
    careful: conversation.mode === 'ask',
    remembered: conversation.prompts.length,
    nextCall: () => {
      conversation.calls += 1;
      return `call-${conversation.calls}`;
    },
    spend: (amount) => {
      conversation.cost += amount;
    },
    ignoreStop: () => {
      conversation.stubborn = true;
    },
  };
}

function usage({ usedChars, cost }: Conversation) {
  const used = Math.min(Math.ceil(usedChars / CHARS_PER_TOKEN), CONTEXT_TOKENS);
  return { used, size: CONTEXT_TOKENS, cost: { amount: cost, currency: 'USD' } };
}

function offers({ mode, pace }: Conversation): {
  modes: SessionModeState;
  configOptions: SessionConfigOption[];
} {
  return {
    modes: {
      currentModeId: mode,
      availableModes: [
        { id: 'auto', name: 'Go ahead', description: 'Does what the prompt lists' },
        { id: 'ask', name: 'Ask first', description: 'Asks before it runs a command or edits a file' },
      ],
    },
    configOptions: [
      {
        ...{ type: 'select', id: 'pace', name: 'Pace', category: 'model', currentValue: pace },
        options: [
          { value: 'natural', name: 'Natural', description: 'Words come as from a model' },
          { value: 'instant', name: 'Instant', description: 'As fast as it goes' },
        ],
      },
    ],
  };
}
