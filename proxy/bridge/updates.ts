/**
 * Pure: reads an agent's session updates. Lenient where the SDK's own schemas are strict: what is not understood is
 * left out, and the rest of the update counts. null: nothing of it is of use.
 */
import type {
  PlanEntry,
  SlashCommand,
  ToolContent,
  ToolKind,
  ToolStatus,
} from '@porthole/shared/agent-events';
import { clean, oneLine } from './text.ts';

/** A terminal's content is what it shows when the event is made. */
export type RawContent = ToolContent | { kind: 'running'; terminal: string };

/** What a command of the agent's own printed since, and how it ended; null: not yet. */
export interface Printed {
  terminal: string;
  output: string;
  exitCode: number | null;
}

export interface ToolUpdate {
  type: 'tool';
  call: string;
  title?: string;
  kind?: ToolKind;
  status?: ToolStatus;
  files?: string[];
  input?: string;
  content?: RawContent[];
  printed?: Printed;
}

export type Update =
  | { type: 'text'; kind: 'message' | 'thought'; text: string }
  | ToolUpdate
  | { type: 'image'; data: string }
  | { type: 'plan'; entries: PlanEntry[] }
  | { type: 'commands'; commands: SlashCommand[] }
  | { type: 'mode'; id: string }
  | { type: 'config'; options: unknown }
  | { type: 'usage'; used: number; size: number; cost: { amount: number; currency: string } | null };

type Fields = Record<string, unknown>;
/** Makes a path relative to the checkout where it is in it. */
export type Relative = (path: string) => string;

const MAX_ENTRIES = 200;
const MAX_CALL_CHARS = 200;

export function readUpdate(value: unknown, relative: Relative): Update | null {
  const update = fields(value);
  switch (update.sessionUpdate) {
    case 'agent_message_chunk':
      return readChunk('message', update.content);
    case 'agent_thought_chunk':
      return readChunk('thought', update.content);
    case 'tool_call':
    case 'tool_call_update':
      return readTool(update, relative);
    case 'plan':
      return { type: 'plan', entries: list(update.entries).map(readPlanEntry) };
    case 'available_commands_update':
      return { type: 'commands', commands: list(update.availableCommands).map(readCommand) };
    case 'current_mode_update':
      return typeof update.currentModeId === 'string' ? { type: 'mode', id: update.currentModeId } : null;
    case 'config_option_update':
      return { type: 'config', options: update.configOptions };
    case 'usage_update':
      return readUsage(update);
    default:
      return null;
  }
}

function readChunk(kind: 'message' | 'thought', value: unknown): Update | null {
  const content = readBlock(value);
  if (content?.kind === 'text') return { type: 'text', kind, text: content.text };
  if (content?.kind === 'link') {
    return { type: 'text', kind, text: `[${content.title ?? content.url}](${content.url})` };
  }
  return content?.kind === 'image' ? { type: 'image', data: content.data } : null;
}

export function readTool(update: Fields, relative: Relative): ToolUpdate | null {
  const { toolCallId } = update;
  if (typeof toolCallId !== 'string' || toolCallId === '') return null;
  const tool: ToolUpdate = { type: 'tool', call: callId(toolCallId) };
  if (typeof update.title === 'string') tool.title = oneLine(update.title);
  const kind = KINDS.find((known) => known === update.kind);
  if (kind) tool.kind = kind;
  const status = STATUSES[String(update.status)];
  if (status) tool.status = status;
  if (Array.isArray(update.locations)) tool.files = readLocations(update.locations, relative);
  if (update.rawInput !== undefined && update.rawInput !== null) tool.input = toText(update.rawInput);
  if (Array.isArray(update.content)) {
    tool.content = list(update.content)
      .map((each) => readContent(each, relative))
      .filter((each) => each !== null);
  } else if (update.rawOutput !== undefined && update.rawOutput !== null) {
    tool.content = [{ kind: 'text', text: toText(update.rawOutput) }];
  }
  const printed = readPrinted(fields(update._meta));
  if (printed) tool.printed = printed;
  return tool;
}

/** Not in ACP: a convention of Zed's that adapters follow for commands which they do not run through the client. */
function readPrinted(meta: Fields): Printed | null {
  const [info, exit] = [fields(meta.terminal_info), fields(meta.terminal_exit)];
  const chunk = fields(meta.terminal_output ?? meta.terminal_output_delta);
  const terminal = [info, chunk, exit].map((each) => each.terminal_id).find((id) => typeof id === 'string');
  if (typeof terminal !== 'string') return null;
  const code = typeof exit.exit_code === 'number' ? exit.exit_code : -1;
  return {
    terminal,
    output: typeof chunk.data === 'string' ? chunk.data : '',
    exitCode: 'terminal_id' in exit ? code : null,
  };
}

export const callId = (id: string): string => clean(id.slice(0, MAX_CALL_CHARS));

function readContent(value: Fields, relative: Relative): RawContent | null {
  if (value.type === 'content') return readBlock(value.content);
  if (value.type === 'terminal' && typeof value.terminalId === 'string') {
    return { kind: 'running', terminal: value.terminalId };
  }
  if (value.type !== 'diff' || typeof value.path !== 'string' || typeof value.newText !== 'string')
    return null;
  const before = typeof value.oldText === 'string' ? value.oldText : null;
  return { kind: 'diff', path: relative(value.path), before, after: value.newText };
}

function readBlock(value: unknown): ToolContent | null {
  const block = fields(value);
  const { type, text, data, mimeType, uri } = block;
  if (type === 'text' && typeof text === 'string') return { kind: 'text', text };
  if (type === 'image' && typeof data === 'string' && isImage(mimeType)) {
    return { kind: 'image', mediaType: mimeType, data };
  }
  if (type === 'resource_link' && typeof uri === 'string') {
    const title = String(block.title ?? block.name ?? '') || null;
    return isWeb(uri)
      ? { kind: 'link', url: uri.slice(0, 2000), title: title && oneLine(title) }
      : { kind: 'text', text: oneLine(uri, 2000) };
  }
  const resource = fields(block.resource);
  return type === 'resource' && typeof resource.text === 'string'
    ? { kind: 'text', text: resource.text }
    : null;
}

const isImage = (type: unknown): type is string =>
  typeof type === 'string' && /^image\/(png|jpeg|gif|webp)$/.test(type);
const isWeb = (uri: string) => /^https?:\/\//i.test(uri);

function readLocations(locations: unknown[], relative: Relative): string[] {
  const paths = list(locations).flatMap(({ path }) => (typeof path === 'string' ? [relative(path)] : []));
  return [...new Set(paths)];
}

function readPlanEntry(entry: Fields): PlanEntry {
  const priority = entry.priority === 'high' || entry.priority === 'low' ? entry.priority : 'medium';
  const status =
    entry.status === 'in_progress' ? 'running' : entry.status === 'completed' ? 'done' : 'waiting';
  return { text: oneLine(String(entry.content ?? ''), 2000), priority, status };
}

function readCommand(command: Fields): SlashCommand {
  const { hint } = fields(command.input);
  return {
    name: oneLine(String(command.name ?? ''), 100),
    description: oneLine(String(command.description ?? '')),
    hint: typeof hint === 'string' ? oneLine(hint, 200) : null,
  };
}

function readUsage({ used, size, cost }: Fields): Update | null {
  if (!isCount(used) || !isCount(size)) return null;
  const { amount, currency } = fields(cost);
  const known = typeof amount === 'number' && Number.isFinite(amount) && typeof currency === 'string';
  return { type: 'usage', used, size, cost: known ? { amount, currency: oneLine(currency, 10) } : null };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const KINDS: readonly ToolKind[] = [
  ...(['read', 'edit', 'delete', 'move', 'search', 'execute'] as const),
  ...(['think', 'fetch', 'switch_mode', 'other'] as const),
];

const STATUSES: Record<string, ToolStatus | undefined> = {
  pending: 'pending',
  in_progress: 'running',
  completed: 'done',
  failed: 'failed',
};

/** What it is not is an object without fields. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

const list = (value: unknown): Fields[] =>
  Array.isArray(value) ? value.slice(0, MAX_ENTRIES).map(fields) : [];

function toText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value, null, 1) ?? '');
}
