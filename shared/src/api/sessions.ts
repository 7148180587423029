/** Agent sessions: what people do to them. What happens in them comes over `/ws/sessions/:id`. */
import * as z from 'zod/mini';
import { Attachment, FileChange, OptionChoices } from '../agent-events.ts';
import { SessionHead } from '../agent-head.ts';
import { ATTACHMENT_BYTES, EVENT_PAGE, MAX_ATTACHMENTS, PROMPT_CHARS } from '../agent-limits.ts';
import { AgentKey } from '../agents.ts';
import { ArtifactId, AttachmentId, PromptId, SessionId, WorkspaceId } from '../ids.ts';
import { SessionRow } from '../rows.ts';
import { define, Empty, FileAnswer, inOrg, text } from './endpoint.ts';

const PromptText = z.string().check(z.trim(), z.minLength(1), z.maxLength(PROMPT_CHARS));
const inSession = z.object({ session: SessionId });
const Count = z.int().check(z.minimum(0));
const fromQuery = z.pipe(z.coerce.number(), Count);

/** `id` is the client's request id: sent twice it is queued once (AG4). */
const NewPrompt = z.object({
  id: PromptId,
  text: PromptText,
  attachments: z.optional(z.array(AttachmentId).check(z.maxLength(MAX_ATTACHMENTS))),
  choices: z.optional(OptionChoices),
  retryOf: z.optional(z.nullable(PromptId)),
});

const StoredEvent = z.looseObject({ seq: z.int(), at: z.number(), type: z.string() });

/** Milliseconds; null: nothing was measured. */
const Quantiles = z.object({
  p50: z.nullable(z.number()),
  p95: z.nullable(z.number()),
  p99: z.nullable(z.number()),
});

export const AgentMetrics = z.object({
  /** When the server started, ms since 1970: nothing is known of before. */
  since: z.number(),
  /** Prompts that were measured, of the last 1,000: those that nothing stood before in their queue. */
  prompts: z.int(),
  /** Of these, prompts that met an agent which was ready (AG8). */
  warm: z.int(),
  /** From the prompt to the agent's first output, and the parts of it. */
  total: Quantiles,
  machine: Quantiles,
  agent: Quantiles,
  model: Quantiles,
});
export type AgentMetrics = z.infer<typeof AgentMetrics>;

export const sessionEndpoints = define({
  listSessions: {
    method: 'get',
    path: '/api/workspaces/:workspace/sessions',
    tag: 'sessions',
    summary: 'Agent sessions, the archived ones too',
    params: z.object({ workspace: WorkspaceId }),
    response: z.object({ sessions: z.array(SessionRow) }),
  },
  createSession: {
    method: 'post',
    path: '/api/workspaces/:workspace/sessions',
    tag: 'sessions',
    summary:
      'Begin a conversation with an agent; the machine and the agent are started when a prompt needs them',
    status: 201,
    params: z.object({ workspace: WorkspaceId }),
    /** `id` by the client: sent twice it is made once. */
    body: z.object({
      id: SessionId,
      agent: AgentKey,
      title: z.optional(z.nullable(text(200))),
      prompt: z.optional(z.nullable(NewPrompt)),
    }),
    response: SessionRow,
  },
  getSession: {
    method: 'get',
    path: '/api/sessions/:session',
    tag: 'sessions',
    summary: 'A session and what it is at: queue, running turn, questions, plan, files, usage',
    params: inSession,
    response: z.object({ session: SessionRow, head: SessionHead }),
  },
  updateSession: {
    method: 'patch',
    path: '/api/sessions/:session',
    tag: 'sessions',
    summary: 'Rename or archive',
    params: inSession,
    body: z.object({ title: z.optional(text(200)), archived: z.optional(z.boolean()) }),
    response: SessionRow,
  },
  listEvents: {
    method: 'get',
    path: '/api/sessions/:session/events',
    tag: 'sessions',
    summary: 'A page of the log: up to `limit` events after `after`, or the last ones before `before`',
    params: inSession,
    query: z.object({
      after: z.optional(fromQuery),
      before: z.optional(fromQuery),
      limit: z.optional(z.pipe(z.coerce.number(), z.int().check(z.minimum(1), z.maximum(EVENT_PAGE)))),
    }),
    /** `head`: the last seq there is. */
    response: z.object({ events: z.array(StoredEvent), head: Count }),
  },
  sendPrompt: {
    method: 'post',
    path: '/api/sessions/:session/prompts',
    tag: 'sessions',
    summary: 'Queue a prompt',
    status: 202,
    params: inSession,
    body: NewPrompt,
    maxBodyBytes: 1024 * 1024,
    response: z.object({ seq: Count }),
  },
  changePrompt: {
    method: 'patch',
    path: '/api/sessions/:session/prompts/:prompt',
    tag: 'sessions',
    summary: 'Edit a queued prompt, or move it before another one (null: to the end)',
    params: z.object({ session: SessionId, prompt: PromptId }),
    body: z.object({ text: z.optional(PromptText), before: z.optional(z.nullable(PromptId)) }),
    maxBodyBytes: 1024 * 1024,
    response: Empty,
  },
  cancelPrompt: {
    method: 'delete',
    path: '/api/sessions/:session/prompts/:prompt',
    tag: 'sessions',
    summary: 'Take a prompt back while it is queued; one that is being started is stopped',
    params: z.object({ session: SessionId, prompt: PromptId }),
    response: Empty,
  },
  stopTurn: {
    method: 'post',
    path: '/api/sessions/:session/stop',
    tag: 'sessions',
    summary: 'End the running turn, or the one that is being started',
    params: inSession,
    response: Empty,
  },
  resumeQueue: {
    method: 'post',
    path: '/api/sessions/:session/queue/resume',
    tag: 'sessions',
    summary: 'Let the prompts go on that wait since a turn failed',
    params: inSession,
    response: Empty,
  },
  answerPermission: {
    method: 'post',
    path: '/api/sessions/:session/permissions/:request',
    tag: 'sessions',
    summary: 'Answer a question of the agent; the first answer counts, a later one is `conflict`',
    params: z.object({ session: SessionId, request: z.string().check(z.maxLength(200)) }),
    body: z.object({ option: z.string().check(z.maxLength(200)) }),
    response: Empty,
  },
  removeRule: {
    method: 'delete',
    path: '/api/sessions/:session/rules/:rule',
    tag: 'sessions',
    summary: 'Forget an answer that was given for good, so that the like is asked again',
    params: z.object({ session: SessionId, rule: z.string().check(z.maxLength(200)) }),
    response: Empty,
  },
  chooseOption: {
    method: 'post',
    path: '/api/sessions/:session/options',
    tag: 'sessions',
    summary: 'Choose a model, a mode, or what else the agent offers, from now on',
    params: inSession,
    body: z.object({ option: z.string().check(z.maxLength(200)), value: z.string().check(z.maxLength(200)) }),
    response: Empty,
  },
  warmSession: {
    method: 'post',
    path: '/api/sessions/:session/warm',
    tag: 'sessions',
    summary: 'Start the machine and the agent: a prompt is being written (AG8)',
    status: 202,
    params: inSession,
    response: Empty,
  },
  addAttachment: {
    method: 'post',
    path: '/api/sessions/:session/attachments',
    tag: 'sessions',
    summary: 'Upload a file for a prompt that follows',
    status: 201,
    params: inSession,
    body: z.object({
      id: AttachmentId,
      name: text(200),
      mediaType: z.string().check(z.regex(/^[\w.+-]+\/[\w.+-]+$/), z.maxLength(100)),
      /** Base 64. */
      data: z.string().check(z.maxLength(Math.ceil(ATTACHMENT_BYTES / 3) * 4)),
    }),
    maxBodyBytes: Math.ceil(ATTACHMENT_BYTES / 3) * 4 + 4096,
    response: Attachment,
  },
  getAttachment: {
    method: 'get',
    path: '/api/sessions/:session/attachments/:attachment',
    tag: 'sessions',
    summary: 'An uploaded file, in base 64',
    params: z.object({ session: SessionId, attachment: AttachmentId }),
    response: z.object({ meta: Attachment, data: z.string() }),
  },
  getImage: {
    method: 'get',
    path: '/api/sessions/:session/images/:image',
    tag: 'sessions',
    summary: 'A picture that the session made, as its artifact names it; the oldest are not kept for ever',
    params: z.object({ session: SessionId, image: ArtifactId }),
    file: true,
    response: FileAnswer,
  },
  findFiles: {
    method: 'get',
    path: '/api/workspaces/:workspace/files',
    tag: 'sessions',
    summary: 'Paths in the checkout that match, for @file',
    params: z.object({ workspace: WorkspaceId }),
    query: z.object({ match: z.optional(z.string().check(z.maxLength(200))) }),
    response: z.object({ files: z.array(z.string()), more: z.boolean() }),
  },
  getDiff: {
    method: 'get',
    path: '/api/workspaces/:workspace/diff',
    tag: 'sessions',
    summary: 'What differs from the base branch: the list, and the text of one file',
    params: z.object({ workspace: WorkspaceId }),
    query: z.object({ path: z.optional(z.string().check(z.maxLength(4096))) }),
    response: z.object({
      files: z.array(FileChange),
      /** Unified; null without `path`. */
      diff: z.nullable(z.string()),
      /** The diff was longer than is sent. */
      cut: z.boolean(),
    }),
  },
  getAgentMetrics: {
    method: 'get',
    path: '/api/orgs/:org/agent-metrics',
    tag: 'sessions',
    summary:
      'How long people waited for an agent’s first word since the server started; for owners and admins',
    params: inOrg,
    response: AgentMetrics,
  },
});
