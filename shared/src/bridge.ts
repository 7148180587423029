/**
 * Between the proxy and the bridge on a machine: lines of JSON, over an SSH channel or the outbound socket
 * `/ws/bridge`. SPEC.md, AG4 and AG6. A bridge serves one workspace; sessions are named in every message.
 *
 * The bridge numbers its events from 1 and keeps them until `ack`. The proxy says in `hello` which it has stored, and
 * gets what came after; so neither end loses or repeats one, whoever was restarted.
 *
 * What a bridge says before `welcome` (`leaving`, `refused`) stays as it is in every protocol: it is how one version
 * gives way to another.
 */
import * as z from 'zod/mini';
import { AgentFault, Attachment, BridgeReport, OptionChoices, upTo } from './agent-events.ts';
import { EVENT_TEXT_CHARS, MAX_SESSIONS_PER_WORKSPACE, NAME_CHARS, TITLE_CHARS } from './agent-limits.ts';
import { PromptId, SessionId, WorkspaceId } from './ids.ts';

/** Raised when a released peer could misread a line. */
export const BRIDGE_PROTOCOL = 1;

const Count = z.int().check(z.minimum(0));
const Name = z.string().check(z.maxLength(NAME_CHARS));
/** Of a longer one the agent knows nothing, and begins anew. */
const AgentSession = upTo(TITLE_CHARS);

/** How an agent is started. */
export const AgentCommand = z.object({
  command: z.string(),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()),
});
export type AgentCommand = z.infer<typeof AgentCommand>;

/** For git, per prompt (AG5). */
export const Author = z.object({ name: z.string(), email: z.string() });

export const ToBridge = z.discriminatedUnion('type', [
  /** The first line. `bridge`: the id of the log that `stored` counts in; null: none of this workspace is known. */
  z.object({
    type: z.literal('hello'),
    protocol: z.int(),
    /** Of the bundle that the proxy would install: when it differs, the bridge ends after the running turns. */
    build: z.string(),
    workspace: WorkspaceId,
    bridge: z.nullable(z.string()),
    stored: Count,
  }),
  z.object({ type: z.literal('ack'), stored: Count }),
  /** Starts the agent unless it runs; idempotent. `resume`: the agent's own id of the conversation. */
  z.object({
    type: z.literal('open'),
    session: SessionId,
    agent: AgentCommand,
    cwd: z.string(),
    /** The branch of the remote that the work began from, for what has changed; null: not known. */
    base: z.optional(z.nullable(z.string())),
    resume: z.nullable(z.string()),
  }),
  /** Idempotent by `prompt`: one that is running or has run is not begun again. */
  z.object({
    type: z.literal('prompt'),
    session: SessionId,
    prompt: PromptId,
    text: z.string(),
    attachments: z.array(z.object({ meta: Attachment, /** Base 64. */ data: z.string() })),
    choices: OptionChoices,
    /** Those chosen for the whole session. The others of `choices` are in force for this prompt's turn alone. */
    usual: z.optional(OptionChoices),
    author: Author,
  }),
  /** Ends with `turn_ended`; the agent's process is ended when it does not confirm in `STOP_GRACE_MS`. */
  z.object({ type: z.literal('stop'), session: SessionId, prompt: PromptId }),
  z.object({ type: z.literal('answer'), session: SessionId, request: z.string(), option: z.string() }),
  z.object({ type: z.literal('choose'), session: SessionId, option: z.string(), value: z.string() }),
  /** Ends the agent of a session. */
  z.object({ type: z.literal('close'), session: SessionId }),
  z.object({ type: z.literal('ping'), id: z.int() }),
]);
export type ToBridge = z.infer<typeof ToBridge>;

export const SessionAtBridge = z.object({
  session: SessionId,
  state: z.enum(['starting', 'ready', 'failed']),
  /** The agent's own id of the conversation. */
  agentSession: z.nullable(AgentSession),
  turn: z.nullable(PromptId),
});

export const FromBridge = z.discriminatedUnion('type', [
  /** The answer to `hello`. Events after `stored` follow, then live. `first` > stored + 1: some are lost. */
  z.object({
    type: z.literal('welcome'),
    protocol: z.int(),
    build: Name,
    /** Another id than the one in `hello`: a new log, on a new machine or after its folder was lost. */
    bridge: Name,
    first: Count,
    last: Count,
    sessions: z.array(SessionAtBridge).check(z.maxLength(MAX_SESSIONS_PER_WORKSPACE)),
  }),
  z.object({
    type: z.literal('event'),
    n: z.int().check(z.minimum(1)),
    session: SessionId,
    event: BridgeReport,
  }),
  /** Text as it comes, from UTF-16 place `at` of the item on. Not numbered, not stored (AG3). */
  z.object({
    type: z.literal('delta'),
    session: SessionId,
    turn: PromptId,
    item: upTo(NAME_CHARS),
    kind: z.enum(['message', 'thought']),
    at: Count,
    /** What is beyond comes with the whole. */
    text: upTo(4 * EVENT_TEXT_CHARS),
  }),
  /** Not numbered: the agent's own id of the conversation, to resume it by. */
  z.object({ type: z.literal('session'), session: SessionId, agentSession: AgentSession }),
  /** A message of the proxy could not be done. */
  z.object({ type: z.literal('refused'), session: z.nullable(SessionId), fault: AgentFault }),
  /**
   * It makes room for another build after the running turns, and begins nothing any more. Said once that is decided,
   * and of each prompt that comes nevertheless: it is not begun, and stays queued. Instead of `welcome`, to a proxy of
   * another protocol: the connection ends, and whoever comes again soon finds the other build.
   */
  z.object({ type: z.literal('leaving'), session: z.nullable(SessionId), prompt: z.nullable(PromptId) }),
  z.object({ type: z.literal('pong'), id: z.int() }),
]);
export type FromBridge = z.infer<typeof FromBridge>;
