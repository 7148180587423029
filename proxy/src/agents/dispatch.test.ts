/** A prompt's way to the bridge, on a log whose commits fail when the test says so. */
import type { SessionEventBody } from '@porthole/shared/agent-events';
import type { ToBridge } from '@porthole/shared/bridge';
import { expect, it } from 'vitest';
import { FakeClock } from '../../test/fake-clock.ts';
import { newId } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { Dispatcher } from './dispatch.ts';
import { EventLog, type LiveLog } from './event-log.ts';
import * as prompts from './prompt-queue.ts';
import { emptyState } from './relay-state.ts';

const by = newId('user');
const newPrompt = (text: string): prompts.NewPrompt => ({
  ...{ id: newId('prompt'), by, text, attachments: [], choices: {}, retryOf: null },
});

function world() {
  const clock = new FakeClock();
  const commits = { fail: 0 };
  const commit = async () => {
    commits.fail -= 1;
    if (commits.fail >= 0) throw new Error('the disk is gone for a moment');
  };
  const log = new EventLog({ commit, clock, log: silentLogger });
  const live: LiveLog = {
    ...{ id: newId('session'), state: emptyState(), prompts: new Map(), dispatched: null, starting: false },
    row: {
      ...{ id: newId('session'), organisationId: newId('organisation'), workspaceId: newId('workspace') },
      ...{ title: 't', agent: 'scripted', status: 'idle', head: 0, archivedAt: null, createdBy: by },
      ...{ createdAt: 0, activeAt: 0 },
    },
    ...{ rowWrittenAt: 0, checkpointAt: 0, gone: false, onEvents() {}, onRowLater() {} },
  };
  const sent: ToBridge[] = [];
  let heard = () => {};
  const relay = {
    ...{ attached: true, attachedAt: 0, compared: true, leaving: false, note: null, want() {} },
    send(message: ToBridge) {
      sent.push(message);
      heard();
      return true;
    },
  };
  const append = (decide: (now: prompts.Now) => SessionEventBody[]) => log.append({ log: live, decide });
  /** What else happens at the moment in which a prompt is chosen. */
  const meanwhile = { do: () => {} };
  const dispatcher = new Dispatcher(live, null, {
    ...{ log, clock, logger: silentLogger, relay },
    commandFor: async () => ({ ok: { command: 'agent', args: [], env: {} } }),
    checkout: async () => ({ cwd: '/w', base: null }),
    author: async () => null,
    attachment: async () => null,
    append(decide) {
      const done = append(decide);
      meanwhile.do();
      return done;
    },
    fail: async () => {},
    inBackground: (work) => void work.catch(() => {}),
  });
  const given = async () => {
    for (;;) {
      const found = sent.find((message) => message.type === 'prompt');
      if (found) return found;
      await new Promise<void>((resolve) => (heard = resolve));
    }
  };
  return { log, live, commits, append, meanwhile, dispatcher, given };
}

it('[AG5] a prompt that was chosen in a batch which could not be written is given all the same', async () => {
  const { log, live, commits, append, meanwhile, dispatcher, given } = world();
  const prompt = newPrompt('go');
  await append((now) => prompts.queue(now, prompt));
  meanwhile.do = () => {
    commits.fail = 1;
    void log.append({ log: live, row: { title: 'of the same batch' } });
  };
  dispatcher.drive();
  expect(await given()).toMatchObject({ prompt: prompt.id });
  expect(live.dispatched).toBe(prompt.id);
  expect(commits.fail).toBeLessThan(1);
});

it('[AG5] what is given is what the log says: another one, when that batch was to bring it forward and cannot', async () => {
  const { live, commits, append, dispatcher, given } = world();
  const [first, second] = [newPrompt('first'), newPrompt('second')];
  await append((now) => [...prompts.queue(now, first), ...prompts.queue(now, second)]);
  const moved = append((now) => {
    // Of the batch and on its own: it cannot be written.
    commits.fail = 1;
    return prompts.move(now, second.id, by, first.id);
  });
  dispatcher.drive();
  await expect(moved).rejects.toThrow('the disk');
  expect(await given()).toMatchObject({ prompt: first.id });
  expect(live.dispatched).toBe(first.id);
});
