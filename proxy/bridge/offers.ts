/**
 * What a session's agent offers: options, commands, and what it has used. Says each of them when it differs from what
 * was said last (agents repeat themselves), and makes people's choices. Invariant: what a prompt has chosen for itself
 * is in force for its turn alone; only what a person or the agent has chosen since stays.
 */
import { setTimeout } from 'node:timers/promises';
import type { BridgeEvent } from '@porthole/shared/agent-events';
import type { Agent } from './agent-process.ts';
import { type Offered, readOptions, type Setting, settingFor } from './options.ts';
import { fields, type Update } from './updates.ts';

/** An agent that does not answer a choice does not keep the next prompt waiting. */
const ANSWER_MS = 30_000;

type Offer = Extract<BridgeEvent, { type: 'options' | 'commands' | 'usage' }>;
type Choices = Readonly<Record<string, string>>;

/** By the option's id: what a prompt has set, and what was in force before it. */
export type Overridden = Readonly<Record<string, { once: string; before: string }>>;

export type Chooser = Pick<Agent, 'setMode' | 'setModel' | 'setOption'>;

/** Outlives the agent, and the daemon: a conversation that is taken up again may still have a prompt's choices. */
export interface OverriddenStore {
  overridden: Overridden;
}

export class Offers {
  readonly #emit: (event: Offer) => void;
  readonly #store: OverriddenStore;
  readonly #answerMs: number;
  readonly #said = new Map<Offer['type'], string>();
  #offered: Offered = { modes: null, models: null, config: null };
  /** One after the other: a prompt may come while those of the one before are taken back. */
  #work: Promise<void> = Promise.resolve();

  constructor(emit: (event: Offer) => void, store: OverriddenStore, answerMs = ANSWER_MS) {
    this.#emit = emit;
    this.#store = store;
    this.#answerMs = answerMs;
  }

  /** A conversation has begun. */
  begin({ modes, models, config }: Offered): void {
    this.#offered = { modes, models, config };
    this.#sayOptions();
  }

  /** False: it is none of these. */
  update(update: Update): boolean {
    if (update.type === 'commands' || update.type === 'usage') this.#say(update);
    else if (update.type === 'mode') this.#setMode(update.id);
    else if (update.type === 'config') this.#offered.config = update.options;
    else return false;
    this.#sayOptions();
    return true;
  }

  /** From now on. */
  choose(agent: Chooser, option: string, value: string): Promise<void> {
    return this.#inTurn(async () => {
      // Whoever chose what could not be had sees what is still in force.
      if (await this.#set(agent, option, value)) this.#keep({ [option]: null });
      else this.#said.delete('options');
    });
  }

  /**
   * For a prompt. What is not offered any more is no reason not to begin. `usual`: what was chosen for the whole
   * session; the rest of `choices` is the prompt's own.
   */
  apply(agent: Chooser, choices: Choices, usual: Choices): Promise<void> {
    return this.#inTurn(async () => {
      await this.#takeBack(agent, (id) => choices[id] === undefined);
      const current = this.#current();
      for (const [id, value] of Object.entries(choices)) {
        const known = this.#store.overridden[id];
        const before = known?.before ?? usual[id] ?? current.get(id);
        const own = before !== undefined && before !== value && usual[id] !== value;
        // Before it is in force: this process may die in between.
        this.#keep({ [id]: own ? { once: value, before } : null });
        if (current.get(id) === value || (await this.#set(agent, id, value))) continue;
        this.#keep({ [id]: known ?? null });
      }
    });
  }

  /** After a turn, or when the conversation of one is taken up again: its prompt's own choices go with it. */
  restore(agent: Chooser): Promise<void> {
    return this.#inTurn(() => this.#takeBack(agent, () => true));
  }

  /** What somebody has chosen since then stays. */
  async #takeBack(agent: Chooser, which: (id: string) => boolean): Promise<void> {
    const current = this.#current();
    for (const [id, { once, before }] of Object.entries(this.#store.overridden)) {
      if (!which(id)) continue;
      const done = current.get(id) !== once || (await this.#set(agent, id, before));
      // It died over it, or would not: it is asked again before the next prompt.
      if (done) this.#keep({ [id]: null });
    }
  }

  #keep(change: Record<string, Overridden[string] | null>): void {
    const { overridden } = this.#store;
    const next = Object.entries({ ...overridden, ...change }).filter((entry) => entry[1] !== null);
    const same = next.length === 0 && Object.keys(overridden).length === 0;
    if (!same) this.#store.overridden = Object.fromEntries(next) as Overridden;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work).then(() => this.#sayOptions());
    this.#work = done.catch(() => {});
    return done;
  }

  #current(): Map<string, string> {
    return new Map(readOptions(this.#offered).map(({ id, value }) => [id, value]));
  }

  /** False: it is not offered, or the agent refused or did not answer. */
  async #set(agent: Chooser, id: string, value: string): Promise<boolean> {
    const setting = settingFor(this.#offered, id, value);
    if (!setting) return false;
    const asked = this.#ask(agent, setting).then(
      () => true,
      () => false,
    );
    const late = new AbortController();
    const unanswered = setTimeout(this.#answerMs, false, { signal: late.signal }).catch(() => false);
    const set = await Promise.race([asked, unanswered]);
    late.abort();
    return set;
  }

  async #ask(agent: Chooser, setting: Setting): Promise<void> {
    if (setting.by === 'config') {
      this.#offered.config = await agent.setOption(setting.configId, setting.value);
    } else if (setting.by === 'model') {
      await agent.setModel(setting.modelId);
      this.#offered.models = { ...fields(this.#offered.models), currentModelId: setting.modelId };
    } else {
      await agent.setMode(setting.modeId);
      this.#setMode(setting.modeId);
    }
  }

  #setMode(id: string): void {
    this.#offered.modes = { ...(this.#offered.modes as object | null), currentModeId: id };
  }

  #sayOptions(): void {
    const options = readOptions(this.#offered);
    if (options.length > 0 || this.#said.has('options')) this.#say({ type: 'options', options });
  }

  #say(event: Offer): void {
    const said = JSON.stringify(event);
    if (this.#said.get(event.type) === said) return;
    this.#said.set(event.type, said);
    this.#emit(event);
  }
}
