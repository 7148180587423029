/** A relay's part for tests: keeps what a link tells it by number, and notices a loss, a repetition and a wrong order. */
import type { BridgeEvent, BridgeReport } from '@porthole/shared/agent-events';
import type { BridgeDelta, BridgeLink, LinkListener, LinkState, Welcome } from '../src/agents/link.ts';
import { newId } from '../src/lib/ids.ts';

type Of<T extends BridgeEvent['type']> = Extract<BridgeEvent, { type: T }>;

export class CountingListener implements LinkListener {
  readonly states: LinkState[] = [];
  readonly welcomes: Welcome[] = [];
  readonly events: { n: number; session: string; event: BridgeReport }[] = [];
  readonly deltas: BridgeDelta[] = [];
  readonly refusals: { session: string | null; code: string }[] = [];
  /** Prompts that were not begun; null: it was said that none will be. */
  readonly leaving: (string | null)[] = [];
  /** What must not happen. */
  readonly faults: string[] = [];
  link: BridgeLink | null = null;
  /** Acknowledges each event; false: the test does it. */
  acknowledges = true;
  bridge: string | null = null;
  stored = 0;
  #heard: (() => void)[] = [];

  async place() {
    return { bridge: this.bridge, stored: this.stored };
  }

  onState(state: LinkState): void {
    this.states.push(state);
    this.#tell();
  }

  onWelcome(welcome: Welcome): void {
    if (this.bridge !== null && welcome.bridge !== this.bridge) this.faults.push('another log');
    this.bridge = welcome.bridge;
    this.welcomes.push(welcome);
    this.#tell();
  }

  onEvent(n: number, session: string, event: BridgeReport): void {
    if (n !== this.stored + 1) this.faults.push(`event ${n} after ${this.stored}`);
    this.stored = n;
    this.events.push({ n, session, event });
    if (this.acknowledges) this.link?.send({ type: 'ack', stored: n });
    this.#tell();
  }

  onDelta(delta: BridgeDelta): void {
    this.deltas.push(delta);
  }

  onAgentSession(): void {}

  onRefused(session: string | null, fault: { code: string }): void {
    this.refusals.push({ session, code: fault.code });
    this.#tell();
  }

  onLeaving(given: { session: string; prompt: string } | null): void {
    this.leaving.push(given?.prompt ?? null);
    this.#tell();
  }

  ofType<T extends BridgeEvent['type']>(type: T): Of<T>[] {
    return this.events.map(({ event }) => event).filter((event): event is Of<T> => event.type === type);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#heard.push(resolve));
  }

  attached(times = 1): Promise<void> {
    return this.until(() => this.states.filter(({ state }) => state === 'attached').length >= times);
  }

  async down(from = 0): Promise<Extract<LinkState, { state: 'down' }>> {
    const find = () => this.states.slice(from).find((state) => state.state === 'down');
    await this.until(() => find() !== undefined);
    return find() as Extract<LinkState, { state: 'down' }>;
  }

  /** Has the scripted agent do this, as a relay would: opened on every welcome. Answers the turn's id. */
  prompt(session: string, text: string, cwd: string): string {
    const prompt = newId('prompt');
    this.open(session, cwd);
    this.link?.send({
      ...{ type: 'prompt', session, prompt, text, attachments: [], choices: {} },
      author: { name: 'Ana', email: 'ana@example.com' },
    });
    return prompt;
  }

  open(session: string, cwd: string): void {
    const agent = {
      command: 'bridge',
      args: ['scripted-agent'],
      env: { PORTHOLE_SCRIPTED_PACE: 'instant' },
    };
    this.link?.send({ type: 'open', session, agent, cwd, resume: null });
  }

  async ended(turn: string): Promise<Of<'turn_ended'>> {
    const find = () => this.ofType('turn_ended').find((event) => event.turn === turn);
    await this.until(() => find() !== undefined);
    return find() as Of<'turn_ended'>;
  }

  #tell(): void {
    for (const resolve of this.#heard.splice(0)) resolve();
  }
}
