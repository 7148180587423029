/** What stands in a session's way, from its log and its row: a real fold, and no screen. */
import type { SessionRow } from '@porthole/shared';
import { Entries } from '@porthole/shared/agent-entries';
import type { AgentFault, SessionEvent, SessionEventBody } from '@porthole/shared/agent-events';
import { applyToHead, emptyHead } from '@porthole/shared/agent-head';
import { describe, expect, it } from 'vitest';
import type { Entry } from './outbox.ts';
import { ANA, idOf, SESSION } from './session.fake.ts';
import { faultOf, pausedSince } from './session-state.ts';

const [a, b] = [idOf('prm', 1), idOf('prm', 2)];
const queued = (prompt: string, retryOf: string | null = null): SessionEventBody => ({
  ...{ type: 'prompt_queued', prompt, by: ANA, text: 'x', attachments: [], choices: {}, retryOf },
});
const fault = (code: AgentFault['code']): AgentFault => ({ code, message: 'm', details: null });
const failed = (turn: string, code: AgentFault['code']): SessionEventBody => ({
  ...{ type: 'turn_ended', turn, outcome: 'failed', fault: fault(code) },
});

/** As after these events. */
function session(bodies: SessionEventBody[], waiting: Entry[] = []) {
  const events = bodies.map((body, index): SessionEvent => ({ seq: index + 1, at: index + 1, ...body }));
  const seen = { entries: Entries.of(events).list };
  return {
    head: () => events.reduce(applyToHead, emptyHead()),
    seen: () => seen as never,
    waiting: () => waiting,
  };
}
const row = (status: SessionRow['status']) => ({ status }) as SessionRow;

describe('[AG5] with a prompt that failed and another one behind it', () => {
  it.each(['key_missing', 'node_missing', 'agent_missing'] as const)(
    '%s is helped with, and retries it',
    (code) => {
      const agent = session([queued(a), queued(b), failed(a, code)]);
      expect(faultOf(agent, row('failed'))).toEqual({ fault: fault(code), prompt: a });
    },
  );

  it('the queue says since when it waits, until it goes on', () => {
    const agent = session([queued(a), queued(b), failed(a, 'agent_exited')]);
    expect(pausedSince(agent, row('failed'))).toBe('since the last turn failed');
    expect(faultOf(agent, row('failed')), 'the timeline has it').toBeNull();
    expect(pausedSince(agent, row('starting'))).toBeNull();
  });

  it('what is sent after the failure lets it go on, before the row says so', () => {
    const agent = session([queued(a), failed(a, 'key_missing'), queued(b)]);
    expect(pausedSince(agent, row('failed'))).toBeNull();
    expect(faultOf(agent, row('failed'))).toBeNull();
  });

  it('a retry that is on its way is not asked for again', () => {
    const action = {
      kind: 'prompt',
      id: b,
      by: ANA,
      attachments: [],
      prompt: { id: b, text: 'x', retryOf: a },
    };
    const entry = { id: b, sessionId: SESSION, createdAt: 1, action, tried: true, fault: null } as Entry;
    expect(faultOf(session([queued(a), failed(a, 'key_missing')], [entry]), row('failed'))).toBeNull();
  });
});

it('an agent that could not be started is said of, where no prompt says it', () => {
  const agent = session([{ type: 'agent_failed', fault: fault('agent_protocol') }]);
  expect(faultOf(agent, row('failed'))).toEqual({ fault: fault('agent_protocol'), prompt: null });
  expect(faultOf(agent, row('idle'))).toBeNull();
});
