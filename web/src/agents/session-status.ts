/** A session's state in words and as a mark; what of several is worth a look first. Pure. */
import type { SessionRow, SessionStatus } from '@porthole/shared';
import type { Tone } from '../ui/status-dot.tsx';

interface View {
  label: string;
  tone: Tone;
}

const VIEWS: Record<SessionStatus, View> = {
  idle: { label: 'Done', tone: 'off' },
  queued: { label: 'Queued', tone: 'busy' },
  starting: { label: 'Starting', tone: 'busy' },
  thinking: { label: 'Thinking', tone: 'busy' },
  tool: { label: 'Running a tool', tone: 'busy' },
  waiting: { label: 'Waits for you', tone: 'accent' },
  failed: { label: 'Failed', tone: 'bad' },
};

export const sessionStatus = (status: SessionStatus): View => VIEWS[status];

export const isWorking = (status: SessionStatus): boolean => VIEWS[status].tone === 'busy';

/** More than this device has read. What is under way is no news. */
export const isUnread = (
  { status, head }: Pick<SessionRow, 'status' | 'head'>,
  read: number | undefined,
): boolean => head > (read ?? 0) && !isWorking(status);

export type Urgency = 'waiting' | 'working' | 'news';

/** What a workspace's row says of its sessions: a person is waited for, work goes on, something is unread; or nothing. */
export function mostUrgent(
  sessions: readonly SessionRow[],
  readTo: (sessionId: string) => number | undefined,
): Urgency | null {
  const live = sessions.filter(({ archivedAt }) => archivedAt === null);
  if (live.some(({ status }) => status === 'waiting')) return 'waiting';
  if (live.some(({ status }) => isWorking(status))) return 'working';
  return live.some((session) => isUnread(session, readTo(session.id))) ? 'news' : null;
}

export const URGENCY_TEXT: Record<Urgency, string> = {
  waiting: 'An agent waits for you',
  working: 'An agent works',
  news: 'An agent has news',
};

/** In the order they were begun; the archived ones apart. */
export function openSessions(sessions: readonly SessionRow[], workspaceId: string): SessionRow[] {
  return sessions
    .filter((session) => session.workspaceId === workspaceId && session.archivedAt === null)
    .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
}

export function archivedSessions(sessions: readonly SessionRow[], workspaceId: string): SessionRow[] {
  return sessions
    .filter((session) => session.workspaceId === workspaceId && session.archivedAt !== null)
    .sort((a, b) => b.activeAt - a.activeAt);
}

/** The beginning of what was asked, as one line. */
export function titleOf(prompt: string): string {
  const line = prompt.trim().replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
