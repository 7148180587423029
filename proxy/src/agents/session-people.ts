/**
 * What people do to a session: prompts, what becomes of those that wait, answers, choices, its name.
 *
 * Invariant: each is decided in the log's order (prompt-queue.ts), so that of two at once one is second; what is sent
 * twice with the same id is done once (AG4).
 */
import type { SessionRow } from '@porthole/shared';
import type { SessionEvent, SessionEventBody } from '@porthole/shared/agent-events';
import type { ToBridge } from '@porthole/shared/bridge';
import { PortholeError } from '@porthole/shared/errors';
import type { EventLog, LiveLog } from './event-log.ts';
import * as prompts from './prompt-queue.ts';
import { isAtWork } from './relay-state.ts';
import { NEW_TITLE, titleOf } from './turn-ends.ts';

/** What of the session is needed for it. */
export interface SessionHands {
  log: EventLog;
  append(decide: (now: prompts.Now) => SessionEventBody[], row?: { title: string }): Promise<SessionEvent[]>;
  promptSeq(id: string): Promise<{ session: string; seq: number } | null>;
  isWorking(): boolean;
  /** A prompt stands in the queue; `unheard`: the agent had nothing else to do. */
  queued(prompt: string, unheard: boolean): void;
  /** false: the bridge is not there. */
  send(message: ToBridge): boolean;
  /** The agent is wanted. */
  warm(): void;
}

export class SessionPeople {
  readonly #live: LiveLog;
  readonly #hands: SessionHands;

  constructor(live: LiveLog, hands: SessionHands) {
    this.#live = live;
    this.#hands = hands;
  }

  /** AG4: the same id twice is queued once. Resolves with its place. */
  async prompt(prompt: prompts.NewPrompt): Promise<number> {
    const known = this.#live.prompts.get(prompt.id) ?? (await this.#knownPrompt(prompt.id));
    if (known !== null) return known;
    if (this.#live.row.archivedAt !== null)
      throw new PortholeError('wrong_state', 'This session is archived. Take it out of the archive first.');
    const unheard = !this.#hands.isWorking();
    const events = await this.#hands.append(
      (now) =>
        this.#live.prompts.has(prompt.id) || isAtWork(now.state, prompt.id) ? [] : prompts.queue(now, prompt),
      this.#live.row.title === NEW_TITLE ? { title: titleOf(prompt.text) } : undefined,
    );
    this.#hands.queued(prompt.id, unheard);
    const seq = events[0]?.seq ?? this.#live.prompts.get(prompt.id) ?? (await this.#knownPrompt(prompt.id));
    return seq ?? this.#live.state.head.seq;
  }

  async #knownPrompt(id: string): Promise<number | null> {
    const known = await this.#hands.promptSeq(id);
    if (known && known.session !== this.#live.id)
      throw new PortholeError('conflict', 'This prompt was sent to another session.');
    return known?.seq ?? null;
  }

  async edit(prompt: string, by: string, change: { text?: string; before?: string | null }): Promise<void> {
    await this.#changeOf(prompt, (now) => [
      ...(change.text === undefined ? [] : prompts.edit(now, prompt, by, change.text)),
      ...(change.before === undefined ? [] : prompts.move(now, prompt, by, change.before)),
    ]);
  }

  async cancel(prompt: string, by: string): Promise<void> {
    await this.#changeOf(prompt, (now) => prompts.cancel(now, prompt, by));
  }

  /** One that never came is told apart from one that does not wait any more: its sender does not know which (FD3). */
  async #changeOf(prompt: string, decide: (now: prompts.Now) => SessionEventBody[]): Promise<void> {
    try {
      await this.#hands.append(decide);
    } catch (error) {
      if (!(error instanceof PortholeError && error.code === 'wrong_state')) throw error;
      const isKnown =
        this.#live.prompts.has(prompt) || (await this.#hands.promptSeq(prompt))?.session === this.#live.id;
      throw isKnown ? error : new PortholeError('not_found', 'This prompt has not come here.');
    }
  }

  async stop(by: string): Promise<void> {
    await this.#hands.append((now) => prompts.stop(now, by));
  }

  async resumeQueue(by: string): Promise<void> {
    await this.#hands.append((now) => prompts.resume(now, by));
  }

  async answer(request: string, option: string, by: string): Promise<void> {
    await this.#hands.append((now) => prompts.answer(now, request, option, by));
  }

  async removeRule(rule: string, by: string): Promise<void> {
    await this.#hands.append((now) => prompts.removeRule(now, rule, by));
  }

  /** From now on. The agent hears of it at once when it is there, and with the next prompt otherwise. */
  async choose(option: string, value: string): Promise<void> {
    const offered = this.#live.state.head.options.find(({ id }) => id === option);
    if (!offered?.choices.some(({ id }) => id === value))
      throw new PortholeError('unprocessable', 'The agent does not offer this choice.');
    await this.#hands.log.append({ log: this.#live, choices: { [option]: value } });
    if (!this.#hands.send({ type: 'choose', session: this.#live.id, option, value })) this.#hands.warm();
  }

  async change(change: { title?: string; archivedAt?: number | null }): Promise<SessionRow> {
    if (change.archivedAt && this.#hands.isWorking())
      throw new PortholeError('wrong_state', 'The agent is at work. Stop it first.');
    await this.#hands.log.append({ log: this.#live, row: change });
    if (change.archivedAt) this.#hands.send({ type: 'close', session: this.#live.id });
    return this.#live.row;
  }
}
