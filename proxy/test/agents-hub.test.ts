/** What the relay does with time and with bridges that are away, late or another: on a clock of ours, a FAKE bridge behind. */
import type { AgentFault, SessionEvent } from '@porthole/shared/agent-events';
import { STOP_GRACE_MS } from '@porthole/shared/agent-limits';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LEAVING_NOTE } from '../src/agents/link.ts';
import { LINGER_MS, UNREACHABLE_GRACE_MS } from '../src/agents/relay.ts';
import type { Session } from '../src/agents/session.ts';
import { newId } from '../src/lib/ids.ts';
import { silentLogger } from '../src/lib/log.ts';
import { FakeSocket, type RelayWorld, relayWorld } from './agents-kit.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';
import { FakeClock } from './fake-clock.ts';

let db: TestDatabase;
let world: RelayWorld;
let clock: FakeClock;
let session: Session;
let socket: FakeSocket;
/** What the server's log was warned of. */
let warned: string[];

beforeEach(async () => {
  db = await openTestDatabase();
  clock = new FakeClock();
  warned = [];
  const log = { ...silentLogger, warn: (_: unknown, text?: string) => void warned.push(text ?? '') };
  world = await relayWorld(db, { fail: 0 }, clock, log);
  session = await world.hub.get(await world.newSession());
  socket = new FakeSocket();
  session.audience.attach(socket, 0);
});
afterEach(async () => {
  await world.dispose();
  await db.dispose();
});

const prompt = async (text = 'go'): Promise<string> => {
  const id = newId('prompt');
  await session.people.prompt({ id, by: world.user, text, attachments: [], choices: {}, retryOf: null });
  return id;
};
const events = () =>
  socket.frames.flatMap((frame) => {
    const message = JSON.parse(frame) as { type: string; events?: SessionEvent[] };
    return message.type === 'events' ? message.events! : [];
  });
async function told<T extends SessionEvent['type']>(type: T): Promise<Extract<SessionEvent, { type: T }>> {
  await socket.until(() => events().some((event) => event.type === type));
  return events().find((event): event is Extract<SessionEvent, { type: T }> => event.type === type)!;
}
/** What is under way between the log, the relay and the fake is done: each turn of theirs goes through the log once. */
const settle = async () => {
  for (let i = 0; i < 4; i += 1) {
    await new Promise(setImmediate);
    await session.people.change({});
  }
};
const away: AgentFault = { code: 'machine_unreachable', message: 'It does not answer.', details: null };

describe('a machine that is not reached', () => {
  it('[AG5] fails a prompt that waits for it after a while, not at once', async () => {
    world.links.fault = away;
    const id = await prompt();
    await settle();
    expect(session.live.row.status).toBe('starting');
    clock.advance(UNREACHABLE_GRACE_MS - 1);
    await settle();
    expect(events().some(({ type }) => type === 'turn_ended')).toBe(false);
    clock.advance(1);
    expect(await told('turn_ended')).toMatchObject({ turn: id, outcome: 'failed', fault: away });
    expect(session.isWorking).toBe(false);
  });

  it('[AG5] does not keep anybody from stopping the prompt that waits for it; then the next is due', async () => {
    world.links.fault = away;
    const id = await prompt();
    const next = await prompt('next');
    await session.people.stop(world.user);
    expect(await told('stop_asked')).toMatchObject({ turn: id, by: world.user });
    expect(await told('turn_ended')).toMatchObject({ turn: id, outcome: 'stopped', fault: null });
    world.links.fault = null;
    world.links.mend(world.workspace);
    expect((await world.bridge.heard('prompt')).prompt).toBe(next);
  });

  it('[AG5] does not keep anybody from taking back the prompt that was given: it is stopped, once', async () => {
    const id = await prompt();
    await world.bridge.heard('prompt');
    world.links.cut(world.workspace);
    await session.people.cancel(id, world.user);
    await session.people.cancel(id, world.user);
    clock.advance(STOP_GRACE_MS);
    expect(await told('turn_ended')).toMatchObject({ turn: id, outcome: 'stopped', fault: null });
    expect(events().filter(({ type }) => type === 'stop_asked')).toHaveLength(1);
    expect(session.isWorking).toBe(false);
  });

  it('[AG5] that comes back in that time is given the prompt', async () => {
    world.links.fault = away;
    const id = await prompt();
    await settle();
    world.links.fault = null;
    world.links.mend(world.workspace);
    expect((await world.bridge.heard('prompt')).prompt).toBe(id);
    clock.advance(2 * UNREACHABLE_GRACE_MS);
    await settle();
    expect(events().some(({ type }) => type === 'turn_ended')).toBe(false);
  });

  it('[AG5] does not keep a Stop from ending the turn; when it is back its own agent is stopped too', async () => {
    const turn = await world.beginTurn(session.id);
    await told('turn_started');
    world.links.cut(world.workspace);
    await session.people.stop(world.user);
    clock.advance(STOP_GRACE_MS);
    expect(await told('turn_ended')).toMatchObject({ turn, outcome: 'stopped', fault: null });
    world.links.mend(world.workspace);
    await world.bridge.heard('stop', (stop) => stop.prompt === turn);
    // Its end is no news by then.
    world.bridge.emit(session.id, { type: 'turn_ended', turn, outcome: 'stopped', fault: null });
    await world.bridge.heard('ack', ({ stored }) => stored === world.bridge.last);
    expect(events().filter(({ type }) => type === 'turn_ended')).toHaveLength(1);
  });
});

describe('a bridge that makes room for another one', () => {
  const notes = (of: FakeSocket) =>
    of.frames.flatMap((frame) => {
      const message = JSON.parse(frame) as { type: string; note?: string | null };
      return message.type === 'link' ? [message.note] : [];
    });
  const go = async (of: Session): Promise<string> => {
    const id = newId('prompt');
    await of.people.prompt({ id, by: world.user, text: 'go', attachments: [], choices: {}, retryOf: null });
    return id;
  };
  const given = () => world.bridge.received.flatMap((m) => (m.type === 'prompt' ? [m.prompt] : []));
  let other: Session;
  let watching: FakeSocket;
  beforeEach(async () => {
    other = await world.hub.get(await world.newSession());
    watching = new FakeSocket();
    other.audience.attach(watching, 0);
  });
  const replaced = () => {
    world.bridge.leaving = false;
    world.links.cut(world.workspace);
    world.links.mend(world.workspace);
  };

  it('[AG6c] is given no prompt: it stays queued, with the reason, until the next bridge is there', async () => {
    const turn = await world.beginTurn(session.id);
    await told('turn_started');
    world.bridge.leave();
    const id = await go(other);
    await settle();
    expect(other.live.row.status).toBe('queued');
    expect(given()).toEqual([turn]);
    expect(notes(watching).at(-1)).toBe(LEAVING_NOTE);
    expect(notes(socket), 'its turn goes on').not.toContain(LEAVING_NOTE);
    world.bridge.emit(session.id, { type: 'turn_ended', turn, outcome: 'done', fault: null });
    await told('turn_ended');
    expect(notes(socket).at(-1)).toBe(LEAVING_NOTE);
    replaced();
    await world.bridge.heard('prompt', ({ prompt }) => prompt === id);
    expect(notes(watching).at(-1)).toBeNull();
    expect(events().some(({ type }) => type === 'turn_ended')).toBe(true);
  });

  it('[AG6c] [AG5] has not begun what it was given nevertheless: it may be cancelled, or is given to the next', async () => {
    await world.beginTurn(session.id);
    world.bridge.leaving = true;
    const [cancelled, kept] = [await go(other), await go(other)];
    await world.bridge.heard('prompt', ({ prompt }) => prompt === cancelled);
    await settle();
    expect(other.live.row.status).toBe('queued');
    await other.people.cancel(cancelled, world.user);
    replaced();
    await world.bridge.heard('prompt', ({ prompt }) => prompt === kept);
    expect(given().filter((prompt) => prompt === cancelled)).toHaveLength(1);
  });

  it('[AG6c] of another protocol fails no prompt, however long its turn takes', async () => {
    world.links.waiting = true;
    const id = await prompt();
    await settle();
    clock.advance(10 * UNREACHABLE_GRACE_MS);
    await settle();
    expect(events().some(({ type }) => type === 'turn_ended')).toBe(false);
    expect(notes(socket).at(-1)).toBe(LEAVING_NOTE);
    world.links.waiting = false;
    world.links.mend(world.workspace);
    expect((await world.bridge.heard('prompt')).prompt).toBe(id);
  });
});

/** As a proxy that is started again, with the machine away. */
async function restarted(): Promise<void> {
  world.links.fault = away;
  const { id } = session;
  const hub = world.restart();
  await hub.start();
  session = await hub.get(id);
  socket = new FakeSocket();
  session.audience.attach(socket, 0);
}
const back = () => {
  world.links.fault = null;
  world.links.mend(world.workspace);
};
const given = (id: string) =>
  world.bridge.received.filter((message) => message.type === 'prompt' && message.prompt === id).length;
const endAtBridge = (turn: string) =>
  world.bridge.emit(session.id, { type: 'turn_ended', turn, outcome: 'stopped', fault: null });

describe('a turn that has ended here and runs there', () => {
  it('[AG5a] is stopped when the machine is back, and the next prompt waits for its end', async () => {
    const turn = await world.beginTurn(session.id);
    const next = await prompt('next');
    world.links.cut(world.workspace);
    await session.people.stop(world.user);
    clock.advance(STOP_GRACE_MS);
    await told('turn_ended');
    world.links.mend(world.workspace);
    await world.bridge.heard('stop', (stop) => stop.prompt === turn);
    await settle();
    expect(given(next)).toBe(0);
    expect(session.live.row.status).toBe('starting');
    endAtBridge(turn);
    expect((await world.bridge.heard('prompt', (p) => p.prompt === next)).prompt).toBe(next);
    await settle();
    expect(events().filter(({ type }) => type === 'turn_ended')).toMatchObject([{ turn }]);
  });

  it('[AG5a] keeps the next prompt waiting no longer than a Stop may take', async () => {
    const turn = await world.beginTurn(session.id);
    const next = await prompt('next');
    await told('turn_started');
    await session.people.stop(world.user);
    await world.bridge.heard('stop', (stop) => stop.prompt === turn);
    clock.advance(2 * STOP_GRACE_MS);
    await told('turn_ended');
    await settle();
    expect(given(next)).toBe(0);
    clock.advance(2 * STOP_GRACE_MS);
    await world.bridge.heard('prompt', (p) => p.prompt === next);
  });

  it('[AG5a] is found also of a session that was not in memory', async () => {
    const other = await world.newSession();
    const turn = newId('prompt');
    world.bridge.turns.set(other, turn);
    await prompt();
    expect(await world.bridge.heard('stop')).toMatchObject({ session: other, prompt: turn });
  });

  it('[AG5a] does not come back to life when its prompt was cancelled before its beginning was heard', async () => {
    const id = await prompt();
    await world.bridge.heard('prompt');
    await restarted();
    world.bridge.emit(session.id, { type: 'turn_started', turn: id });
    world.bridge.emit(session.id, { type: 'text', turn: id, item: 'm1', kind: 'message', text: 'hello' });
    await session.people.cancel(id, world.user);
    const next = await prompt('next');
    back();
    await world.bridge.heard('stop', (stop) => stop.prompt === id);
    await settle();
    expect(given(next)).toBe(0);
    endAtBridge(id);
    await world.bridge.heard('prompt', (p) => p.prompt === next);
    expect(events().map(({ type }) => type)).toEqual([
      ...['session_created', 'prompt_queued', 'prompt_cancelled', 'prompt_queued'],
    ]);
  });

  it('[AG5a] is stopped as well when it begins only after a Stop had ended it here', async () => {
    const id = await prompt();
    await world.bridge.heard('prompt');
    await session.people.stop(world.user);
    clock.advance(2 * STOP_GRACE_MS);
    await told('turn_ended');
    world.bridge.received.length = 0;
    world.bridge.emit(session.id, { type: 'turn_started', turn: id });
    await world.bridge.heard('stop', (stop) => stop.prompt === id);
    const next = await prompt('next');
    await settle();
    expect(given(next)).toBe(0);
    endAtBridge(id);
    await world.bridge.heard('prompt', (p) => p.prompt === next);
    expect(events().some(({ type }) => type === 'turn_started')).toBe(false);
  });
});

describe('a Stop, after the proxy was started again', () => {
  it('[AG5a] ends the turn of a machine that stays away', async () => {
    const turn = await world.beginTurn(session.id);
    await told('turn_started');
    await session.people.stop(world.user);
    await restarted();
    clock.advance(STOP_GRACE_MS - 1);
    await settle();
    expect(events().some(({ type }) => type === 'turn_ended')).toBe(false);
    clock.advance(1);
    expect(await told('turn_ended')).toMatchObject({ turn, outcome: 'stopped', fault: null });
  });

  it('[AG5a] [AG6] is told to the bridge again, also when it was asked before the turn had begun', async () => {
    const turn = await prompt();
    await world.bridge.heard('prompt');
    await session.people.stop(world.user);
    world.bridge.emit(session.id, { type: 'turn_started', turn });
    world.links.cut(world.workspace);
    await told('turn_started');
    await restarted();
    world.bridge.received.length = 0;
    back();
    await world.bridge.heard('stop', (stop) => stop.prompt === turn);
    expect(session.live.state.head.turn?.prompt).toBe(turn);
  });

  it('[AG5a] ends a prompt that had been given and had not begun, and its agent when it is heard of', async () => {
    const id = await prompt();
    await world.bridge.heard('prompt');
    await session.people.stop(world.user);
    await restarted();
    expect(await told('turn_ended')).toMatchObject({ turn: id, outcome: 'stopped', fault: null });
    world.bridge.received.length = 0;
    world.bridge.turns.set(session.id, id);
    back();
    await world.bridge.heard('stop', (stop) => stop.prompt === id);
    expect(given(id)).toBe(0);
  });
});

describe('after a connection was away', () => {
  it('[AG6d] agents of sessions that are archived, or not there any more, are ended', async () => {
    const [archived, open, unknown] = [await world.newSession(), await world.newSession(), newId('session')];
    const live = await world.hub.get(archived);
    await live.people.change({ archivedAt: clock.now() });
    for (const id of [open, archived, unknown]) world.bridge.turns.set(id, null);
    await prompt();
    await world.bridge.heard('prompt');
    const closed = world.bridge.received.flatMap((m) => (m.type === 'close' ? [m.session] : []));
    expect(new Set(closed)).toEqual(new Set([archived, unknown]));
  });

  it('[AG6] the bridge is told again what it may have missed: answers and stops', async () => {
    const turn = await world.beginTurn(session.id);
    world.bridge.emit(session.id, {
      ...{ type: 'permission_asked', turn, request: 'r', call: 'c', title: 't', kind: 'execute' },
      options: [{ id: 'y', name: 'Yes', kind: 'allow_once' }],
    });
    await told('permission_asked');
    world.links.cut(world.workspace);
    await session.people.answer('r', 'y', world.user);
    await session.people.stop(world.user);
    world.links.mend(world.workspace);
    expect(await world.bridge.heard('answer')).toMatchObject({ request: 'r', option: 'y' });
    expect(await world.bridge.heard('stop')).toMatchObject({ prompt: turn });
  });

  it('[AG6] a prompt that was given and not begun is given again', async () => {
    const id = await prompt();
    await world.bridge.heard('prompt');
    world.links.cut(world.workspace);
    await expect(session.people.edit(id, world.user, { text: 'x' })).rejects.toMatchObject({
      code: 'wrong_state',
    });
    world.bridge.received.length = 0;
    world.links.mend(world.workspace);
    expect((await world.bridge.heard('prompt')).prompt).toBe(id);
  });

  it('[AG6] a turn that neither end knows the end of has failed', async () => {
    const turn = await world.beginTurn(session.id);
    await told('turn_started');
    world.links.cut(world.workspace);
    world.bridge.turns.set(session.id, null);
    world.links.mend(world.workspace);
    expect(await told('turn_ended')).toMatchObject({
      turn,
      outcome: 'failed',
      fault: { code: 'agent_exited' },
    });
  });

  it('[AG6] and one that ended meanwhile ended as the bridge says, and the next goes on', async () => {
    const turn = await world.beginTurn(session.id);
    await told('turn_started');
    const next = await prompt('next');
    world.links.cut(world.workspace);
    for (let i = 0; i < 300; i += 1)
      world.bridge.emit(session.id, { type: 'text', turn, item: `${i}`, kind: 'message', text: `${i}` });
    world.bridge.emit(session.id, { type: 'turn_ended', turn, outcome: 'done', fault: null });
    world.bridge.agent = ({ prompt }) =>
      world.bridge.emit(session.id, { type: 'turn_started', turn: prompt });
    world.links.mend(world.workspace);
    await socket.until(() => events().some((event) => event.type === 'turn_started' && event.turn === next));
    await settle();
    expect(events().filter(({ type }) => type === 'turn_ended')).toMatchObject([{ turn, outcome: 'done' }]);
    expect(session.live.state.head.turn?.prompt).toBe(next);
  });
});

describe('what the bridge refuses', () => {
  it('[SE7] is told to the server’s log a few times, and then now and then', async () => {
    await prompt();
    await world.bridge.heard('prompt');
    for (let i = 0; i < 1_000; i += 1) world.links.refuse(world.workspace, newId('session'), away);
    const told = warned.filter((text) => text === 'a bridge refused').length;
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(50);
  });

  it('[AG5] ends the prompt with its reason', async () => {
    world.bridge.agent = ({ session: id }) =>
      world.links.refuse(world.workspace, id, { ...away, code: 'limit' });
    const id = await prompt();
    expect(await told('turn_ended')).toMatchObject({ turn: id, outcome: 'failed', fault: { code: 'limit' } });
  });
});

describe('choices', () => {
  it('are for the agent that is there, and for prompts from then on, also after a restart', async () => {
    const choices = [{ id: 'big', name: 'Big', description: null }];
    const turn = await world.beginTurn(session.id);
    world.bridge.emit(session.id, {
      ...{
        type: 'options',
        options: [{ id: 'model', name: 'Model', category: 'model', value: 'small', choices }],
      },
    });
    world.bridge.emit(session.id, { type: 'turn_ended', turn, outcome: 'done', fault: null });
    await told('turn_ended');
    await expect(session.people.choose('model', 'huge')).rejects.toMatchObject({ code: 'unprocessable' });
    await session.people.choose('model', 'big');
    expect(await world.bridge.heard('choose')).toMatchObject({ option: 'model', value: 'big' });
    session = await world.restart().get(session.id);
    const id = await prompt();
    expect((await world.bridge.heard('prompt', (p) => p.prompt === id)).choices).toEqual({ model: 'big' });
  });
});

describe('a workspace', () => {
  it('[WS3] works while a turn runs, and not after; what nobody needs is let go', async () => {
    expect(world.hub.isWorking(world.workspace)).toBe(false);
    const turn = await world.beginTurn(session.id);
    await told('turn_started');
    expect(world.hub.isWorking(world.workspace)).toBe(true);
    expect(world.hub.personAt(session.id)).toBe(world.user);
    clock.advance(3 * LINGER_MS);
    expect(world.links.open).toBe(1);
    expect(world.hub.lastActivityAt(world.workspace)).toBe(clock.now());
    world.bridge.emit(session.id, { type: 'turn_ended', turn, outcome: 'done', fault: null });
    await told('turn_ended');
    expect(world.hub.isWorking(world.workspace)).toBe(false);
    clock.advance(LINGER_MS - 60_000);
    expect(world.links.open).toBe(1);
    clock.advance(120_000);
    expect(world.links.open).toBe(0);
  });
});
