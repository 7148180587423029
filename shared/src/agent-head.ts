/**
 * Pure: what a session is at now, folded from its events: queue, running turn, questions, plan, files, usage.
 * The proxy keeps one per live session and checkpoints it; a browser is given it on attach and goes on from there.
 * An event that it already has is ignored, so folding twice changes nothing (AG1).
 */
import * as z from 'zod/mini';
import {
  AgentFault,
  AgentOption,
  Artifact,
  Attachment,
  FileChange,
  OptionChoices,
  PermissionOption,
  PermissionRule,
  PlanEntry,
  type SessionEvent,
  SlashCommand,
  ToolKind,
  TurnOutcome,
} from './agent-events.ts';
import { MAX_ARTIFACTS, MAX_OPEN_CALLS, MAX_OPEN_QUESTIONS, MAX_PERMISSION_RULES } from './agent-limits.ts';
import { PromptId, UserId } from './ids.ts';
import { isSameRule } from './permission-rules.ts';

export const QueuedPrompt = z.object({
  prompt: PromptId,
  by: UserId,
  at: z.number(),
  text: z.string(),
  attachments: z.array(Attachment),
  choices: OptionChoices,
  retryOf: z.nullable(PromptId),
  /** It is being started, and is not to be. */
  stopAskedBy: z.optional(UserId),
});
export type QueuedPrompt = z.infer<typeof QueuedPrompt>;

export const PendingPermission = z.object({
  request: z.string(),
  turn: PromptId,
  call: z.string(),
  title: z.string(),
  kind: ToolKind,
  options: z.array(PermissionOption),
  command: z.optional(z.string()),
  digest: z.optional(z.string()),
  at: z.number(),
});
export type PendingPermission = z.infer<typeof PendingPermission>;

/** `id`: the request that it was the answer to. */
export const GivenRule = z.extend(PermissionRule, { id: z.string(), by: UserId, at: z.number() });
export type GivenRule = z.infer<typeof GivenRule>;

export const SessionHead = z.object({
  /** The last event that is folded in. */
  seq: z.int(),
  agent: z.object({
    state: z.enum(['none', 'ready', 'failed']),
    name: z.nullable(z.string()),
    version: z.nullable(z.string()),
    fault: z.nullable(AgentFault),
  }),
  queue: z.array(QueuedPrompt),
  turn: z.nullable(
    z.object({
      prompt: PromptId,
      by: z.nullable(UserId),
      startedAt: z.number(),
      stopAskedBy: z.nullable(UserId),
      /** Calls that run, by id, with their titles: the newest. */
      tools: z.record(z.string(), z.string()),
    }),
  ),
  permissions: z.array(PendingPermission),
  /** Answers that people have given for good, the newest last. What a head of before had here is forgotten. */
  rules: z.catch(z.array(GivenRule), []),
  plan: z.array(PlanEntry),
  options: z.array(AgentOption),
  commands: z.array(SlashCommand),
  files: z.array(FileChange),
  moreFiles: z.int(),
  artifacts: z.array(Artifact),
  usage: z.nullable(
    z.object({
      used: z.int(),
      size: z.int(),
      cost: z.nullable(z.object({ amount: z.number(), currency: z.string() })),
    }),
  ),
  lastOutcome: z.nullable(TurnOutcome),
});
export type SessionHead = z.infer<typeof SessionHead>;

export const emptyHead = (): SessionHead => ({
  seq: 0,
  agent: { state: 'none', name: null, version: null, fault: null },
  queue: [],
  turn: null,
  permissions: [],
  rules: [],
  plan: [],
  options: [],
  commands: [],
  files: [],
  moreFiles: 0,
  artifacts: [],
  usage: null,
  lastOutcome: null,
});

export type SessionActivity = 'idle' | 'queued' | 'thinking' | 'tool' | 'waiting';

export function activityOf(head: SessionHead): SessionActivity {
  if (head.permissions.length > 0) return 'waiting';
  if (head.turn) return Object.keys(head.turn.tools).length > 0 ? 'tool' : 'thinking';
  return head.queue.length > 0 ? 'queued' : 'idle';
}

/** The head after `event`. The same object when it says nothing new. */
export function applyToHead(head: SessionHead, event: SessionEvent): SessionHead {
  if (event.seq <= head.seq) return head;
  return { ...head, ...change(head, event), seq: event.seq };
}

type Change = Partial<SessionHead>;

function change(head: SessionHead, event: SessionEvent): Change {
  switch (event.type) {
    case 'agent_ready': {
      const { name, version } = event;
      return { agent: { state: 'ready', name, version, fault: null } };
    }
    case 'agent_failed':
      return { agent: { ...head.agent, state: 'failed', fault: event.fault } };
    case 'machine_replaced':
      return { agent: emptyHead().agent };
    case 'prompt_queued':
    case 'prompt_edited':
    case 'prompt_moved':
    case 'prompt_cancelled':
      return { queue: changeQueue(head.queue, event) };
    case 'turn_started':
      return startTurn(head, event.turn, event.at);
    case 'turn_ended':
      return endTurn(head, event.turn, event.outcome);
    case 'stop_asked':
      return askToStop(head, event.turn, event.by);
    case 'tool':
      return { turn: changeTools(head.turn, event) };
    case 'permission_asked': {
      const { type: _, seq: __, ...asked } = event;
      return { permissions: [...without(head, event.request), asked].slice(-MAX_OPEN_QUESTIONS) };
    }
    case 'permission_answered':
      return answer(head, event);
    case 'rule_removed':
      return { rules: head.rules.filter(({ id }) => id !== event.rule) };
    case 'permission_withdrawn':
      return { permissions: without(head, event.request) };
    case 'plan':
      return { plan: event.entries };
    case 'options':
      return { options: event.options };
    case 'commands':
      return { commands: event.commands };
    case 'files':
      return { files: event.files, moreFiles: event.more };
    case 'artifact':
      return {
        artifacts: [...head.artifacts.filter(({ key }) => key !== event.artifact.key), event.artifact].slice(
          -MAX_ARTIFACTS,
        ),
      };
    case 'usage': {
      const { used, size, cost } = event;
      return { usage: { used, size, cost } };
    }
    default:
      return {};
  }
}

type QueueEvent = Extract<
  SessionEvent,
  { type: 'prompt_queued' | 'prompt_edited' | 'prompt_moved' | 'prompt_cancelled' }
>;

function changeQueue(queue: readonly QueuedPrompt[], event: QueueEvent): QueuedPrompt[] {
  const others = queue.filter(({ prompt }) => prompt !== event.prompt);
  const own = queue.find(({ prompt }) => prompt === event.prompt);
  switch (event.type) {
    case 'prompt_queued': {
      const { prompt, by, at, text, attachments, choices, retryOf } = event;
      return [...others, { prompt, by, at, text, attachments, choices, retryOf }];
    }
    case 'prompt_edited':
      return queue.map((each) => (each === own ? { ...own, text: event.text } : each));
    case 'prompt_moved': {
      if (!own) return others;
      const place = others.findIndex(({ prompt }) => prompt === event.before);
      return place < 0 ? [...others, own] : others.toSpliced(place, 0, own);
    }
    case 'prompt_cancelled':
      return others;
  }
}

function startTurn(head: SessionHead, prompt: string, at: number): Change {
  const queued = head.queue.find((each) => each.prompt === prompt);
  return {
    queue: head.queue.filter((each) => each !== queued),
    turn: {
      ...{ prompt, by: queued?.by ?? null, startedAt: at, tools: {} },
      stopAskedBy: queued?.stopAskedBy ?? null,
    },
    // A plan is of one turn.
    plan: [],
  };
}

/** Of the running turn, or of a prompt that is being started. */
function askToStop({ turn, queue }: SessionHead, prompt: string, by: string): Change {
  if (turn?.prompt === prompt) return { turn: { ...turn, stopAskedBy: by } };
  return { queue: queue.map((each) => (each.prompt === prompt ? { ...each, stopAskedBy: by } : each)) };
}

/** A prompt whose turn never began (the machine was not reached) leaves the queue as well. */
function endTurn(head: SessionHead, prompt: string, outcome: TurnOutcome): Change {
  return {
    queue: head.queue.filter((each) => each.prompt !== prompt),
    turn: head.turn?.prompt === prompt ? null : head.turn,
    permissions: head.permissions.filter(({ turn }) => turn !== prompt),
    lastOutcome: outcome,
  };
}

function changeTools(
  turn: SessionHead['turn'],
  event: Extract<SessionEvent, { type: 'tool' }>,
): SessionHead['turn'] {
  if (turn?.prompt !== event.turn) return turn;
  const { call, status } = event;
  const known = Object.hasOwn(turn.tools, call) ? turn.tools[call] : undefined;
  if (status === 'done' || status === 'failed') {
    const { [call]: _, ...tools } = turn.tools;
    return known === undefined ? turn : { ...turn, tools };
  }
  if (known === undefined && status === undefined) return turn;
  return { ...turn, tools: withNewest(turn.tools, call, event.title ?? known ?? '', MAX_OPEN_CALLS) };
}

/** With this value, and of at most `max`: the first one goes. */
export function withNewest<V>(
  record: Readonly<Record<string, V>>,
  key: string,
  value: V,
  max: number,
): Record<string, V> {
  const next = { ...record };
  const keys = Object.keys(next);
  if (keys.length >= max && !Object.hasOwn(next, key)) delete next[keys[0]!];
  next[key] = value;
  return next;
}

function answer(head: SessionHead, event: Extract<SessionEvent, { type: 'permission_answered' }>): Change {
  const { request: id, by, at, rule } = event;
  const permissions = without(head, id);
  if (!rule || by === null) return { permissions };
  const others = head.rules.filter((each) => each.id !== id && !isSameRule(each, rule));
  return { permissions, rules: [...others, { ...rule, id, by, at }].slice(-MAX_PERMISSION_RULES) };
}

const without = (head: SessionHead, request: string): PendingPermission[] =>
  head.permissions.filter((each) => each.request !== request);
