/**
 * What a session's agent offers: options, commands, and what it has used. Says each of them when it differs from what
 * was said last (agents repeat themselves), and makes people's choices.
 */
import type { BridgeEvent, OptionChoices } from '@porthole/shared/agent-events';
import type * as z from 'zod/mini';
import type { Agent } from './agent-process.ts';
import { type Offered, readOptions, settingFor } from './options.ts';
import { fields, type Update } from './updates.ts';

type Offer = Extract<BridgeEvent, { type: 'options' | 'commands' | 'usage' }>;

export class Offers {
  readonly #emit: (event: Offer) => void;
  readonly #said = new Map<Offer['type'], string>();
  #offered: Offered = { modes: null, models: null, config: null };

  constructor(emit: (event: Offer) => void) {
    this.#emit = emit;
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

  async choose(agent: Agent, option: string, value: string): Promise<void> {
    // Whoever chose what could not be had sees what is still in force.
    if (!(await this.#set(agent, option, value))) this.#said.delete('options');
    this.#sayOptions();
  }

  /** For a prompt. What is not offered any more is no reason not to begin. */
  async apply(agent: Agent, choices: z.infer<typeof OptionChoices>): Promise<void> {
    const current = new Map(readOptions(this.#offered).map(({ id, value }) => [id, value]));
    for (const [id, value] of Object.entries(choices)) {
      if (current.get(id) !== value) await this.#set(agent, id, value);
    }
    this.#sayOptions();
  }

  /** False: it is not offered, or the agent refused. */
  async #set(agent: Agent, id: string, value: string): Promise<boolean> {
    const setting = settingFor(this.#offered, id, value);
    if (!setting) return false;
    try {
      if (setting.by === 'config') {
        this.#offered.config = await agent.setOption(setting.configId, setting.value);
      } else if (setting.by === 'model') {
        await agent.setModel(setting.modelId);
        this.#offered.models = { ...fields(this.#offered.models), currentModelId: setting.modelId };
      } else {
        await agent.setMode(setting.modeId);
        this.#setMode(setting.modeId);
      }
      return true;
    } catch {
      return false;
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
