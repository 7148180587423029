/**
 * The events of a session's log (AG1): what is stored, sent, cached and folded. `agent-timeline.ts` folds them.
 * An event of a type that this version does not know decodes to `unknown` and keeps its place.
 */
import * as z from 'zod/mini';
import {
  ASKED_COMMAND_CHARS,
  DETAILS_CHARS,
  FAULT_CHARS,
  NAME_CHARS,
  TITLE_CHARS,
  URL_CHARS,
} from './agent-limits.ts';
import { ArtifactId, AttachmentId, PromptId, UserId } from './ids.ts';

const Text = z.string();
/** From a machine, and kept in a session's head: bounded by its beginning (SE7). `chars`: UTF-16 units. */
export const upTo = (chars: number) => z.string().check(z.overwrite((text) => text.slice(0, chars)));
const Name = upTo(NAME_CHARS);
const Title = upTo(TITLE_CHARS);
/** Said back to the machine as it was: too long a one is none. */
const Handle = z.string().check(z.maxLength(NAME_CHARS));
/** Milliseconds since 1970. */
const Time = z.number();

/** As an agent names it: USD */
const CURRENCY_CHARS = 10;
/** Answers to one question. */
const MAX_OPTIONS = 50;

export const EventSeq = z.int().check(z.minimum(1));

export const Attachment = z.object({
  id: AttachmentId,
  name: z.string(),
  /** image/png, text/plain */
  mediaType: z.string(),
  /** Bytes. */
  size: z.int(),
});
export type Attachment = z.infer<typeof Attachment>;

/** What a person chose for one prompt, by the id of the agent's own option (model, mode, …). */
export const OptionChoices = z.record(z.string(), z.string());

export const ToolKind = z.enum([
  'read',
  'edit',
  'delete',
  'move',
  'search',
  'execute',
  'think',
  'fetch',
  'switch_mode',
  'other',
]);
export type ToolKind = z.infer<typeof ToolKind>;

export const ToolStatus = z.enum(['pending', 'running', 'done', 'failed']);
export type ToolStatus = z.infer<typeof ToolStatus>;

/** `cut`: UTF-16 units left out of the middle. */
export const ToolContent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: Text, cut: z.optional(z.int()) }),
  z.object({
    kind: z.literal('diff'),
    path: z.string(),
    before: z.nullable(Text),
    after: Text,
    cut: z.optional(z.int()),
  }),
  /** What a command printed, as the agent's terminal showed it: with escape sequences. */
  z.object({
    kind: z.literal('terminal'),
    output: Text,
    exitCode: z.nullable(z.int()),
    cut: z.optional(z.int()),
  }),
  /** Base 64. */
  z.object({ kind: z.literal('image'), mediaType: z.string(), data: z.string() }),
  z.object({ kind: z.literal('link'), url: z.string(), title: z.nullable(z.string()) }),
]);
export type ToolContent = z.infer<typeof ToolContent>;

export const PlanEntry = z.object({
  text: z.string(),
  priority: z.enum(['high', 'medium', 'low']),
  status: z.enum(['waiting', 'running', 'done']),
});
export type PlanEntry = z.infer<typeof PlanEntry>;

export const PermissionOption = z.object({
  id: Handle,
  name: Title,
  kind: z.enum(['allow_once', 'allow_always', 'reject_once', 'reject_always']),
});
export type PermissionOption = z.infer<typeof PermissionOption>;

/**
 * What an "always" answers from now on, never wider than what the person read (permission-rules.ts): the same kind of
 * tool, an option of the same name, and the same about which it is asked.
 */
export const PermissionRule = z.object({
  kind: ToolKind,
  option: z.object({ name: z.string(), kind: z.enum(['allow_always', 'reject_always']) }),
  about: z.discriminatedUnion('type', [
    /** Commands that begin so, since the option's own name says it. */
    z.object({ type: z.literal('prefix'), prefix: z.string() }),
    z.object({ type: z.literal('command'), command: z.string() }),
    z.object({ type: z.literal('title'), title: z.string(), digest: z.nullable(z.string()) }),
  ]),
});
export type PermissionRule = z.infer<typeof PermissionRule>;

export const FileChange = z.object({
  /** Relative to the checkout. */
  path: z.string(),
  status: z.enum(['added', 'modified', 'deleted', 'renamed', 'untracked']),
  /** null for what git calls binary. */
  additions: z.nullable(z.int()),
  deletions: z.nullable(z.int()),
});
export type FileChange = z.infer<typeof FileChange>;

/** A picture as the server keeps it: its kind and its size are read from its bytes. */
export const StoredImage = z.object({
  /** Follows from what is in it. */
  id: ArtifactId,
  mediaType: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']),
  /** Bytes. */
  size: z.int(),
  /** Pixels. */
  width: z.int(),
  height: z.int(),
});
export type StoredImage = z.infer<typeof StoredImage>;

export const Artifact = z.object({
  /** The same thing found twice has the same key: `pull_request https://…`. */
  key: upTo(URL_CHARS),
  kind: z.enum(['pull_request', 'branch', 'preview', 'screenshot']),
  title: Title,
  /** http(s) only; null where there is none. */
  url: z.nullable(z.string().check(z.maxLength(URL_CHARS))),
  /** Of a `screenshot`; its bytes are at `/api/sessions/:session/images/:image`. */
  image: z.optional(StoredImage),
});
export type Artifact = z.infer<typeof Artifact>;

/** A choice that the agent offers: its models, its modes, its levels of reasoning. */
export const AgentOption = z.object({
  id: z.string(),
  name: z.string(),
  category: z.enum(['model', 'mode', 'reasoning', 'other']),
  value: z.string(),
  choices: z.array(z.object({ id: z.string(), name: z.string(), description: z.nullable(z.string()) })),
});
export type AgentOption = z.infer<typeof AgentOption>;

export const SlashCommand = z.object({
  name: z.string(),
  description: z.string(),
  /** What may follow it. */
  hint: z.nullable(z.string()),
});
export type SlashCommand = z.infer<typeof SlashCommand>;

/** Why something failed, fit for a screen. */
export const AgentFault = z.object({
  code: z.enum([
    'agent_missing',
    'node_missing',
    'key_missing',
    'agent_exited',
    'agent_refused',
    'agent_protocol',
    'machine_unreachable',
    'limit',
    'internal',
  ]),
  message: upTo(FAULT_CHARS),
  details: z.nullable(upTo(DETAILS_CHARS)),
});
export type AgentFault = z.infer<typeof AgentFault>;

export const TurnOutcome = z.enum(['done', 'stopped', 'failed', 'refused', 'limit']);
export type TurnOutcome = z.infer<typeof TurnOutcome>;

/** What a bridge reports. The proxy gives it its place in the log. `turn` is the id of the turn's prompt. */
export const bridgeEvents = [
  /** `resumed`: the agent has its own memory of what was before. */
  z.object({
    type: z.literal('agent_ready'),
    name: Name,
    version: z.nullable(Name),
    resumed: z.boolean(),
  }),
  z.object({ type: z.literal('agent_failed'), fault: AgentFault }),
  z.object({ type: z.literal('turn_started'), turn: PromptId }),
  /** A finished text of the agent; while it grew it was `delta`s, which are not stored (AG3). */
  z.object({
    type: z.literal('text'),
    turn: PromptId,
    item: Name,
    kind: z.enum(['message', 'thought']),
    text: Text,
    cut: z.optional(z.int()),
  }),
  /** An upsert by `call` (AG4): what is absent stays as it was. `content` and `files` replace. */
  z.object({
    type: z.literal('tool'),
    turn: PromptId,
    call: Name,
    title: z.optional(Title),
    kind: z.optional(ToolKind),
    status: z.optional(ToolStatus),
    /** Paths, relative to the checkout where they are in it. */
    files: z.optional(z.array(z.string())),
    /** JSON of what the tool was called with. */
    input: z.optional(Text),
    content: z.optional(z.array(ToolContent)),
  }),
  z.object({ type: z.literal('plan'), turn: PromptId, entries: z.array(PlanEntry) }),
  z.object({
    type: z.literal('permission_asked'),
    turn: PromptId,
    request: Handle,
    call: Name,
    title: Title,
    kind: ToolKind,
    options: z.array(PermissionOption).check(z.maxLength(MAX_OPTIONS)),
    /** What would be run, where the tool's input says it and it is no longer than `ASKED_COMMAND_CHARS`. */
    command: z.optional(z.string().check(z.maxLength(ASKED_COMMAND_CHARS))),
    /** Of the title and the tool's input: two questions with another one are not about the same. */
    digest: z.optional(z.string().check(z.maxLength(100))),
  }),
  /** The agent no longer waits for the answer: its turn ended. */
  z.object({ type: z.literal('permission_withdrawn'), request: Handle }),
  z.object({
    type: z.literal('usage'),
    /** Tokens in the model's context now, and how many fit. */
    used: z.int(),
    size: z.int(),
    cost: z.nullable(z.object({ amount: z.number(), currency: upTo(CURRENCY_CHARS) })),
  }),
  z.object({ type: z.literal('options'), options: z.array(AgentOption) }),
  z.object({ type: z.literal('commands'), commands: z.array(SlashCommand) }),
  /** All that differs from the branch's base, after a turn or a tool call. `more`: files not listed. */
  z.object({ type: z.literal('files'), files: z.array(FileChange), more: z.int() }),
  z.object({ type: z.literal('artifact'), artifact: Artifact }),
  z.object({
    type: z.literal('turn_ended'),
    turn: PromptId,
    outcome: TurnOutcome,
    fault: z.nullable(AgentFault),
  }),
  /** So many events were lost because the bridge's disk space for them was full. */
  z.object({ type: z.literal('overflow'), dropped: z.int() }),
] as const;

/** What people and the proxy do. Nobody else may say it: from a bridge it is not believed (SE5). */
export const proxyEvents = [
  z.object({ type: z.literal('session_created'), by: UserId, agent: z.string() }),
  z.object({
    type: z.literal('prompt_queued'),
    prompt: PromptId,
    by: UserId,
    text: Text,
    attachments: z.array(Attachment),
    choices: OptionChoices,
    /** The failed prompt that this one repeats. */
    retryOf: z.nullable(PromptId),
  }),
  z.object({ type: z.literal('prompt_edited'), prompt: PromptId, by: UserId, text: Text }),
  /** Before another queued prompt; null: to the end. */
  z.object({ type: z.literal('prompt_moved'), prompt: PromptId, by: UserId, before: z.nullable(PromptId) }),
  z.object({ type: z.literal('prompt_cancelled'), prompt: PromptId, by: UserId }),
  /** What waited after a failed turn goes on. */
  z.object({ type: z.literal('queue_resumed'), by: UserId }),
  z.object({ type: z.literal('stop_asked'), turn: PromptId, by: UserId }),
  /**
   * The first answer (AG7). `by` null: a remembered answer. `remembered`: it answers the like from now on, which is
   * what `rule` says; without one it is of a log from before there were rules, and is forgotten.
   */
  z.object({
    type: z.literal('permission_answered'),
    request: z.string(),
    option: z.string(),
    by: z.nullable(UserId),
    remembered: z.boolean(),
    rule: z.optional(PermissionRule),
  }),
  /** What `rule`, a request's id, was answered with is asked again from now on. */
  z.object({ type: z.literal('rule_removed'), rule: z.string(), by: UserId }),
  /** The machine is another one: what the agent knew may be gone. */
  z.object({ type: z.literal('machine_replaced') }),
] as const;

export const BridgeEvent = z.discriminatedUnion('type', [...bridgeEvents]);
export type BridgeEvent = z.infer<typeof BridgeEvent>;

/** A picture that a turn has made. The proxy keeps its bytes apart, and puts an `artifact` into the log in its place. */
export const BridgeImage = z.object({
  type: z.literal('image'),
  /** A path in the checkout, or what the tool that made it is called. */
  name: z.string(),
  /** Base 64, of `IMAGE_BYTES` at the most. */
  data: z.string(),
});
export type BridgeImage = z.infer<typeof BridgeImage>;

/** What a bridge sends as a numbered event. */
export const BridgeReport = z.discriminatedUnion('type', [...bridgeEvents, BridgeImage]);
export type BridgeReport = z.infer<typeof BridgeReport>;

/** An event as it is stored, without its place. */
export const SessionEventBody = z.discriminatedUnion('type', [...bridgeEvents, ...proxyEvents]);
export type SessionEventBody = z.infer<typeof SessionEventBody>;
export type SessionEventType = SessionEventBody['type'];

/** What is not known here keeps its place and its name. */
export interface UnknownEvent {
  type: 'unknown';
  name: string;
}

/** `seq` counts from 1 without a gap within its session. `at`: when the proxy stored it. */
export type SessionEvent = { seq: number; at: number } & (SessionEventBody | UnknownEvent);

const Placed = z.object({ seq: EventSeq, at: Time, type: z.string() });

/** Decodes one stored event; null when it is not even that. Never throws. */
export function decodeEvent(value: unknown): SessionEvent | null {
  const placed = z.safeParse(Placed, value);
  if (!placed.success) return null;
  const { seq, at, type } = placed.data;
  const body = z.safeParse(SessionEventBody, value);
  return body.success ? { seq, at, ...body.data } : { seq, at, type: 'unknown', name: type.slice(0, 100) };
}
