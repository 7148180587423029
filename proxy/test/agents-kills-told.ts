/**
 * Pure: what a log says, for comparing two runs of one script. Left out is what no two runs have in common: times, ids,
 * and how often somebody looked at what was under way (a running command's output so far, the files while they change);
 * what came of these at last is in it.
 */
import type { SessionEvent } from '@porthole/shared/agent-events';

/** Of the session, not of one turn; `commands` come when the agent finds the time. */
const OF_SESSION = new Set(['agent_ready', 'options', 'commands', 'usage', 'files']);
const NOT_IN_ORDER = new Set(['commands', 'files']);

export type Told = Record<string, unknown> & { type: string };

/** The whole log of a session, in order. */
export const told = (events: readonly SessionEvent[]): Told[] =>
  plain(events.filter((event) => !NOT_IN_ORDER.has(event.type) && !isGlance(event)));

/** One turn from its beginning to its end; nothing of one that never began. */
export function toldOf(events: readonly SessionEvent[], turn: string): Told[] {
  const begin = events.findIndex((event) => event.type === 'turn_started' && event.turn === turn);
  const end = events.findIndex((event) => event.type === 'turn_ended' && event.turn === turn);
  const own = begin === -1 ? [] : events.slice(begin, end + 1);
  return plain(own.filter((event) => !OF_SESSION.has(event.type) && !isGlance(event)));
}

/** A look at a command that runs. */
function isGlance(event: SessionEvent): boolean {
  if (event.type !== 'tool') return false;
  const { seq: _, at: __, type: ___, turn: ____, call: _____, ...news } = event;
  const running = news.content?.some((each) => each.kind === 'terminal' && each.exitCode === null);
  return running === true && Object.keys(news).length === 1;
}

/** Ids become the order in which they are first met. */
function plain(events: readonly SessionEvent[]): Told[] {
  const known = new Map<string, string>();
  const name = (id: string) => {
    if (!known.has(id)) known.set(id, `#${known.size}`);
    return known.get(id);
  };
  return events.map(({ seq: _, at: __, ...event }) => {
    const text = JSON.stringify(event, (key, value) => (key === 'call' ? name(value) : value));
    return JSON.parse(text.replace(/\b(?:ses|prm)_\w{20}/g, (id) => name(id) as string));
  });
}

/**
 * What a turn that was broken off says beyond the beginning of a whole one, and that its end does not explain: its last
 * text in halves, a command that died with its agent, questions that nobody can answer any more.
 */
export function unexplained(broken: readonly Told[], whole: readonly Told[]): Told[] {
  const same = broken.findIndex((each, at) => JSON.stringify(each) !== JSON.stringify(whole[at]));
  if (same === -1) return [];
  const before = broken.slice(0, same);
  return broken.slice(same).filter((each) => {
    if (each.type === 'text') {
      const next = whole[same];
      return !(next?.item === each.item && String(next?.text).startsWith(String(each.text)));
    }
    if (each.type === 'permission_withdrawn')
      return !before.some(({ type, request }) => type === 'permission_asked' && request === each.request);
    if (each.type === 'tool') return !before.some(({ call }) => call === each.call) || 'status' in each;
    return true;
  });
}
