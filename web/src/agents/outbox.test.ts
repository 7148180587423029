import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { db } from '../data/database.ts';
import { forgetEverything } from '../data/forget.ts';
import { ApiError, type ApiErrorCode } from '../net/api-error.ts';
import { makeDraft, readDraft } from './drafts.ts';
import { entries, makeOutbox, type OutboxAction } from './outbox.ts';
import { ANA, idOf, ORG, SESSION } from './session.fake.ts';
import { markRead, readMark } from './session-reads.ts';

/** A server that does each id once, however often it is sent, and knows no prompt that never came. */
class Server {
  readonly done: string[] = [];
  readonly #prompts = new Set<string>();

  take(sessionId: string, action: OutboxAction): void {
    const what = `${wordsOf(action)} → ${sessionId}`;
    if (action.kind === 'prompt') {
      if (this.#prompts.has(action.id)) return;
      this.#prompts.add(action.id);
    } else if ('prompt' in action && !this.#prompts.has(action.prompt))
      throw new ApiError('not_found', 'it never came');
    if (!this.done.includes(what)) this.done.push(what);
  }
}

function wordsOf(action: OutboxAction): string {
  if (action.kind === 'prompt') return `prompt ${action.prompt.text}`;
  if (action.kind === 'edit_prompt') return `edit ${action.prompt} ${action.text}`;
  return `${action.kind} ${action.kind === 'cancel_prompt' ? action.prompt : action.id}`;
}

/** One tab, and a network that the test cuts. */
function makeWorld(server = new Server()) {
  const sent: string[] = [];
  let fault: ApiErrorCode | null = null;
  let answerLost = false;
  let timer: (() => void) | null = null;
  let gate: Promise<void> | null = null;
  const outbox = makeOutbox({
    async send(sessionId, action) {
      sent.push(action.id);
      if (fault) throw new ApiError(fault, `it said ${fault}`);
      server.take(sessionId, action);
      await gate;
      if (answerLost) throw new ApiError('offline', 'no answer');
      return { seq: server.done.length };
    },
    now: () => 5,
    after(_ms, run) {
      timer = run;
      return () => {
        timer = null;
      };
    },
    alone: (work) => work(),
  });
  return {
    outbox,
    done: server.done,
    sent,
    fail(code: ApiErrorCode | null) {
      fault = code;
    },
    loseAnswers(lost: boolean) {
      answerLost = lost;
    },
    /** Answers wait from now on, until what this returns is called. */
    hold(): () => void {
      let release = () => {};
      gate = new Promise((resolve) => {
        release = () => {
          gate = null;
          resolve();
        };
      });
      return release;
    },
    get waits() {
      return timer !== null;
    },
    /** The time to try again has come. */
    async due() {
      const run = timer;
      timer = null;
      run?.();
      await outbox.pump();
    },
  };
}

const prompt = (n: number, text = `prompt ${n}`, files: number[] = []): OutboxAction => ({
  kind: 'prompt',
  id: idOf('prm', n),
  by: ANA,
  prompt: { id: idOf('prm', n), text, attachments: files.map((one) => idOf('att', one)) },
  attachments: files.map((one) => ({ id: idOf('att', one), name: 'a', mediaType: 'text/plain', size: 1 })),
});
const file = (n: number): OutboxAction => ({
  kind: 'attachment',
  id: idOf('att', n),
  attachment: { id: idOf('att', n), name: 'a', mediaType: 'text/plain', data: 'YQ==' },
});
const create: OutboxAction = {
  kind: 'create_session',
  id: SESSION,
  workspaceId: idOf('wsp', 1),
  agent: 'scripted',
};
const waiting = async () => (await entries()).map(({ id }) => id);

beforeEach(() => forgetEverything());

describe('the outbox', () => {
  it('[FD3] what is done offline waits on the device and is sent in order when the network is back', async () => {
    const world = makeWorld();
    world.fail('offline');
    await world.outbox.add(ORG, SESSION, [create, prompt(1)]);
    await world.outbox.add(ORG, SESSION, [prompt(2)]);
    await world.outbox.pump();
    expect(await waiting()).toEqual([SESSION, idOf('prm', 1), idOf('prm', 2)]);
    expect(world.waits).toBe(true);
    world.fail(null);
    await world.due();
    expect(world.done).toEqual([
      `create_session ${SESSION} → ${SESSION}`,
      `prompt prompt 1 → ${SESSION}`,
      `prompt prompt 2 → ${SESSION}`,
    ]);
    expect(await waiting()).toEqual([]);
  });

  it('[AG4] an answer that was lost is asked for again with the same id: it is done once', async () => {
    const world = makeWorld();
    world.loseAnswers(true);
    await world.outbox.add(ORG, SESSION, [prompt(1)]);
    await world.outbox.pump();
    expect(await waiting()).toEqual([idOf('prm', 1)]);
    world.loseAnswers(false);
    await world.due();
    expect(world.done).toEqual([`prompt prompt 1 → ${SESSION}`]);
    expect(new Set(world.sent)).toEqual(new Set([idOf('prm', 1)]));
    expect(await waiting()).toEqual([]);
  });

  it('[FD3] another page of this device goes on where one was closed', async () => {
    const first = makeWorld();
    first.fail('offline');
    await first.outbox.add(ORG, SESSION, [prompt(1)]);
    await first.outbox.pump();
    const second = makeWorld();
    await second.outbox.pump();
    expect(second.done).toEqual([`prompt prompt 1 → ${SESSION}`]);
  });

  it('[FD3] what waits can be changed and taken back, with what came with it', async () => {
    const world = makeWorld();
    world.fail('offline');
    await world.outbox.add(ORG, SESSION, [create, file(1), prompt(1, 'one', [1])]);
    await world.outbox.add(ORG, SESSION, [prompt(2, 'two')]);
    await world.outbox.edit(idOf('prm', 2), 'two, better');
    await world.outbox.takeBack(idOf('prm', 1));
    expect(await waiting()).toEqual([SESSION, idOf('prm', 2)]);
    world.fail(null);
    await world.due();
    expect(world.done.at(-1)).toBe(`prompt two, better → ${SESSION}`);
  });

  it('a session that was begun for one prompt is not begun without it', async () => {
    const world = makeWorld();
    world.fail('offline');
    await world.outbox.add(ORG, SESSION, [create, prompt(1)]);
    await world.outbox.pump();
    await world.outbox.takeBack(idOf('prm', 1));
    expect(await waiting()).toEqual([]);
  });

  it('a refusal stays with its reason, holds back its own session alone, and can be tried again', async () => {
    const world = makeWorld();
    const refused = vi.fn();
    world.outbox.onRefused(refused);
    world.fail('key_missing');
    await world.outbox.add(ORG, SESSION, [prompt(1)]);
    await world.outbox.pump();
    expect(refused).toHaveBeenCalledOnce();
    world.fail(null);
    await world.outbox.add(ORG, SESSION, [prompt(2)]);
    await world.outbox.add(ORG, idOf('ses', 2), [prompt(3)]);
    await world.outbox.pump();
    expect(world.done).toEqual([`prompt prompt 3 → ${idOf('ses', 2)}`]);
    expect((await entries(SESSION))[0]?.fault).toEqual({
      code: 'key_missing',
      message: 'it said key_missing',
    });
    await world.outbox.retry(SESSION);
    expect(world.done.slice(1)).toEqual([`prompt prompt 1 → ${SESSION}`, `prompt prompt 2 → ${SESSION}`]);
  });

  it('[FD4] nothing of it is left after signing out', async () => {
    const world = makeWorld();
    world.fail('offline');
    await world.outbox.add(ORG, SESSION, [prompt(1)]);
    await forgetEverything();
    world.fail(null);
    await world.due();
    expect(world.done).toEqual([]);
  });
});

describe('[FD3] a prompt whose answer was lost', () => {
  const id = idOf('prm', 1);
  /** It came there, and nobody here knows. */
  async function lost(world = makeWorld()) {
    world.loseAnswers(true);
    await world.outbox.add(ORG, SESSION, [prompt(1)]);
    await world.outbox.pump();
    world.loseAnswers(false);
    return world;
  }
  /** It never came, and nobody here knows that either. */
  async function gone() {
    const world = makeWorld();
    world.fail('offline');
    await world.outbox.add(ORG, SESSION, [prompt(1)]);
    await world.outbox.pump();
    world.fail(null);
    return world;
  }

  it('is taken back at the server as well, and not sent again', async () => {
    const world = await lost();
    world.sent.length = 0;
    expect(await world.outbox.takeBack(id)).toBe(true);
    await world.outbox.pump();
    expect(world.done).toEqual([`prompt prompt 1 → ${SESSION}`, `cancel_prompt ${id} → ${SESSION}`]);
    expect(world.sent).not.toContain(id);
    expect(await waiting()).toEqual([]);
  });

  it('is changed at the server as well, as it was changed last', async () => {
    const world = await lost();
    world.fail('offline');
    await world.outbox.edit(id, 'better');
    await world.outbox.edit(id, 'best');
    await world.outbox.pump();
    expect((await entries(SESSION)).map(({ action }) => action.kind)).toEqual(['edit_prompt', 'prompt']);
    world.fail(null);
    await world.due();
    expect(world.done).toEqual([`prompt prompt 1 → ${SESSION}`, `edit ${id} best → ${SESSION}`]);
    expect(await waiting()).toEqual([]);
  });

  it('that never came is taken back without a word', async () => {
    const world = await gone();
    await world.outbox.takeBack(id);
    await world.outbox.pump();
    expect(world.done).toEqual([]);
    expect(await waiting()).toEqual([]);
  });

  it('that never came is sent as it was changed', async () => {
    const world = await gone();
    await world.outbox.edit(id, 'better');
    await world.outbox.pump();
    expect(world.done).toEqual([`prompt better → ${SESSION}`]);
    expect(await waiting()).toEqual([]);
  });

  it('and then refused is not there: it is taken back here alone', async () => {
    const world = makeWorld();
    world.fail('key_missing');
    await world.outbox.add(ORG, SESSION, [prompt(1)]);
    await world.outbox.pump();
    world.sent.length = 0;
    await world.outbox.takeBack(id);
    await world.outbox.pump();
    expect(world.sent).toEqual([]);
    expect(await waiting()).toEqual([]);
  });

  it.each(['this tab', 'another tab'])(
    'is taken back or changed by %s while it is on its way: right after',
    async (tab) => {
      const server = new Server();
      const world = makeWorld(server);
      const other = tab === 'this tab' ? world : makeWorld(server);
      // One tab sends at a time: the other one leaves it to the first.
      if (other !== world) other.fail('offline');
      const release = world.hold();
      await world.outbox.add(ORG, SESSION, [prompt(1)]);
      await vi.waitFor(() => expect(world.sent).toEqual([id]));
      await other.outbox.edit(id, 'better');
      await world.outbox.add(ORG, SESSION, [prompt(2)]);
      await other.outbox.takeBack(idOf('prm', 2));
      release();
      await world.outbox.pump();
      expect(world.done).toEqual([`prompt prompt 1 → ${SESSION}`, `edit ${id} better → ${SESSION}`]);
      expect(await waiting()).toEqual([]);
    },
  );

  it('or one that is on its way, when it has come: whoever asks is told that it is not here', async () => {
    const world = makeWorld();
    await world.outbox.add(ORG, SESSION, [prompt(1)]);
    await world.outbox.pump();
    expect(await world.outbox.takeBack(id)).toBe(false);
    expect(await world.outbox.edit(id, 'better')).toBe(false);
  });
});

describe('drafts', () => {
  it('[FD3] a draft is there after a reload, and goes together with what it has become', async () => {
    const draft = makeDraft(SESSION, ORG);
    draft.change({ text: 'make refunds ', choices: {} });
    draft.change({ text: 'make refunds idempotent', choices: { model: 'opus' } });
    await draft.flush();
    expect(await readDraft(SESSION)).toMatchObject({
      text: 'make refunds idempotent',
      choices: { model: 'opus' },
    });
    const world = makeWorld();
    draft.change({ text: 'make refunds idempotent!', choices: {} });
    await draft.sent();
    await world.outbox.add(ORG, SESSION, [prompt(1)], SESSION);
    expect(await readDraft(SESSION)).toBeUndefined();
    expect(await db.drafts.count()).toBe(0);
  });

  it('an emptied draft is none', async () => {
    const draft = makeDraft(SESSION, ORG);
    draft.change({ text: 'a', choices: {} });
    await draft.flush();
    draft.change({ text: '', choices: {} });
    await draft.flush();
    expect(await readDraft(SESSION)).toBeUndefined();
  });
});

it('what was read stays read', async () => {
  expect(await readMark(SESSION)).toBe(0);
  await markRead(ORG, SESSION, 9);
  await markRead(ORG, SESSION, 4);
  expect(await readMark(SESSION)).toBe(9);
});
