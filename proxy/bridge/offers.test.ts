// What a prompt chooses for itself alone, before a FAKE agent that keeps what it was told, also from one process to the next.
import type { AgentOption, BridgeEvent } from '@porthole/shared/agent-events';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Chooser, Offers, type Overridden } from './offers.ts';

class FakeAgent implements Chooser {
  alive = true;
  readonly values: Record<string, string> = { model: 'small', effort: 'low' };
  /** Runs before the next setting is made. */
  before: () => void = () => {};

  get config() {
    return Object.entries(this.values).map(([id, currentValue]) => ({
      ...{ type: 'select', id, name: id, currentValue },
      options: ['small', 'large', 'huge', 'low', 'high'].map((value) => ({ value, name: value })),
    }));
  }

  async setOption(id: string, value: string | boolean): Promise<unknown> {
    this.before();
    if (!this.alive) throw new Error('it has ended');
    this.values[id] = String(value);
    return this.config;
  }

  setMode = () => Promise.reject(new Error('it has no modes'));
  setModel = () => Promise.reject(new Error('it has no such models'));
}

let agent: FakeAgent;
let store: { overridden: Overridden };
let said: BridgeEvent[];
let offers: Offers;

/** An agent that goes on with the conversation, in this daemon or in the next. */
function begin(): void {
  offers = new Offers((event) => said.push(event), store);
  offers.begin({ modes: null, models: null, config: agent.config });
}

beforeEach(() => {
  agent = new FakeAgent();
  store = { overridden: {} };
  said = [];
  begin();
});

const shown = (): AgentOption['value'] | undefined => {
  const last = said.findLast((event) => event.type === 'options');
  return last?.options.find(({ id }) => id === 'model')?.value;
};

describe('a choice for one prompt', () => {
  it('[AG5] is in force for its turn, and what was before is in force again, and shown, after it', async () => {
    await offers.apply(agent, { model: 'large' }, {});
    expect([agent.values.model, shown()]).toEqual(['large', 'large']);
    await offers.restore(agent);
    expect([agent.values.model, shown()]).toEqual(['small', 'small']);
    expect(store.overridden).toEqual({});
  });

  it('[AG5] is not in force for the next prompt, which may come before it was taken back', async () => {
    await offers.apply(agent, { model: 'large', effort: 'high' }, {});
    await Promise.all([offers.restore(agent), offers.apply(agent, { effort: 'high' }, {})]);
    expect(agent.values).toEqual({ model: 'small', effort: 'high' });
    await offers.apply(agent, {}, {});
    expect(agent.values).toEqual({ model: 'small', effort: 'low' });
  });

  it('[AG5] of one prompt after the other goes back to what was before the first', async () => {
    await offers.apply(agent, { model: 'large' }, {});
    await offers.apply(agent, { model: 'huge' }, {});
    await offers.apply(agent, {}, {});
    expect(agent.values.model).toBe('small');
  });

  it('[AG5] goes back to what was chosen for the session, which itself stays', async () => {
    await offers.apply(agent, { model: 'large', effort: 'high' }, { model: 'huge', effort: 'high' });
    await offers.restore(agent);
    expect(agent.values).toEqual({ model: 'huge', effort: 'high' });
  });

  it('[AG5] gives way to what a person chooses for the session in the meantime, and to the agent’s own', async () => {
    await offers.apply(agent, { model: 'large', effort: 'high' }, {});
    await offers.choose(agent, 'model', 'huge');
    agent.values.effort = 'huge';
    offers.update({ type: 'config', options: agent.config });
    await offers.restore(agent);
    expect(agent.values).toEqual({ model: 'huge', effort: 'huge' });
  });

  it('[AG5] is taken back also when its agent, or the daemon, has died with it in force', async () => {
    await offers.apply(agent, { model: 'large' }, {});
    agent.alive = false;
    await offers.restore(agent);
    expect(agent.values.model).toBe('large');
    agent.alive = true;
    begin();
    await offers.apply(agent, {}, {});
    expect(agent.values.model).toBe('small');
  });

  it('[AG5] is known before it is in force, and not when the agent refuses it', async () => {
    let known: Overridden = {};
    agent.before = () => {
      known = store.overridden;
      throw new Error('no');
    };
    await offers.apply(agent, { model: 'large' }, {});
    expect(known).toEqual({ model: { once: 'large', before: 'small' } });
    expect(store.overridden).toEqual({});
  });

  it('[AG5] that the agent does not answer keeps no later prompt waiting', async () => {
    const heard: string[] = [];
    const mute: Chooser = {
      ...{ setMode: agent.setMode, setModel: agent.setModel },
      setOption: (id) => {
        heard.push(id);
        return new Promise(() => {});
      },
    };
    offers = new Offers((event) => said.push(event), store, 1);
    offers.begin({ modes: null, models: null, config: agent.config });
    void offers.choose(mute, 'model', 'huge');
    await offers.apply(mute, { model: 'large' }, {});
    expect([heard, store.overridden]).toEqual([['model', 'model'], {}]);
  });

  it('that is not offered is passed over', async () => {
    await offers.apply(agent, { gone: 'x', model: 'no such model' }, {});
    await offers.restore(agent);
    expect(agent.values).toEqual({ model: 'small', effort: 'low' });
    expect(store.overridden).toEqual({});
  });
});
