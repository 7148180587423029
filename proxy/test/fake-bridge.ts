/**
 * A FAKE of the bridge, in this process, where the real one would be a program on a machine: it numbers events, keeps
 * them until they are acknowledged and takes a prompt once, as the protocol says; what its agent does is the test's.
 */
import { randomBytes } from 'node:crypto';
import type { AgentFault, BridgeReport } from '@porthole/shared/agent-events';
import type { FromBridge, ToBridge } from '@porthole/shared/bridge';
import {
  type BridgeLink,
  type BridgeLinks,
  LEAVING_NOTE,
  type LinkListener,
  type LinkState,
} from '../src/agents/link.ts';

type Message<T extends ToBridge['type']> = Extract<ToBridge, { type: T }>;

/** What the fake agent does with a prompt. */
export type FakeAgent = (prompt: Message<'prompt'>, bridge: FakeBridge) => void | Promise<void>;

/** One workspace's bridge, with its log. It outlives links. */
export class FakeBridge {
  id = randomBytes(6).toString('hex');
  readonly received: ToBridge[] = [];
  readonly turns = new Map<string, string | null>();
  /** Sessions whose agent runs. */
  readonly ready = new Set<string>();
  acknowledged = 0;
  #kept: { n: number; session: string; event: BridgeReport }[] = [];
  #last = 0;
  #seen = new Set<string>();
  #link: FakeLink | null = null;
  #heard: (() => void)[] = [];
  agent: FakeAgent | null = null;
  /** It makes room for another one, and begins nothing any more. */
  leaving = false;
  #answers = new Map<string, (option: string) => void>();

  get last(): number {
    return this.#last;
  }

  get kept(): number {
    return this.#kept.length;
  }

  emit(session: string, ...events: BridgeReport[]): void {
    for (const event of events) {
      this.#last += 1;
      const entry = { n: this.#last, session, event };
      this.#kept.push(entry);
      if (event.type === 'agent_ready') this.ready.add(session);
      if (event.type === 'turn_started') this.turns.set(session, event.turn);
      if (event.type === 'turn_ended') this.turns.set(session, null);
      this.#link?.listener.onEvent(entry.n, session, event);
    }
  }

  delta(delta: Omit<Extract<FromBridge, { type: 'delta' }>, 'type' | 'kind'>): void {
    this.#link?.listener.onDelta({ type: 'delta', kind: 'message', ...delta });
  }

  /** Resolves when such a message has come. */
  async heard<T extends ToBridge['type']>(
    type: T,
    which: (message: Message<T>) => boolean = () => true,
  ): Promise<Message<T>> {
    for (;;) {
      const found = this.received.find((m): m is Message<T> => m.type === type && which(m as Message<T>));
      if (found) return found;
      await new Promise<void>((resolve) => this.#heard.push(resolve));
    }
  }

  /** Says that it does. */
  leave(): void {
    this.leaving = true;
    this.#link?.listener.onLeaving(null);
  }

  /** What the person answers. */
  answer(request: string): Promise<string> {
    return new Promise((resolve) => this.#answers.set(request, resolve));
  }

  /** The machine is another one: nothing of before is there. */
  replace(): void {
    this.id = randomBytes(6).toString('hex');
    this.#kept = [];
    this.#last = 0;
    this.#seen = new Set();
    this.turns.clear();
    this.ready.clear();
  }

  async attach(link: FakeLink): Promise<void> {
    const { bridge, stored } = await link.listener.place();
    if (link.disposed) return;
    this.#link = link;
    const from = bridge === this.id ? stored : 0;
    this.#kept = this.#kept.filter(({ n }) => n > from);
    link.setState({ state: 'attached' });
    link.listener.onWelcome({
      ...{ type: 'welcome', protocol: 1, build: 'fake', bridge: this.id },
      ...{ first: this.#kept[0]?.n ?? this.#last + 1, last: this.#last },
      sessions: [...this.turns].map(([session, turn]) => ({
        ...{ session, state: 'ready' as const, agentSession: null, turn },
      })),
    });
    for (const { n, session, event } of this.#kept) link.listener.onEvent(n, session, event);
  }

  detach(link: FakeLink): void {
    if (this.#link === link) this.#link = null;
  }

  take(message: ToBridge): void {
    this.received.push(message);
    for (const resolve of this.#heard.splice(0)) resolve();
    if (message.type === 'ack') {
      this.acknowledged = message.stored;
      this.#kept = this.#kept.filter(({ n }) => n > message.stored);
    }
    if (message.type === 'answer') this.#answers.get(message.request)?.(message.option);
    if (message.type !== 'prompt' || this.#seen.has(message.prompt)) return;
    if (this.leaving) {
      this.#link?.listener.onLeaving({ session: message.session, prompt: message.prompt });
      return;
    }
    const running = this.turns.get(message.session) ?? message.prompt;
    if (running !== message.prompt) {
      const fault: AgentFault = { code: 'limit', message: 'A turn is running already', details: null };
      this.#link?.listener.onRefused(message.session, fault);
      return;
    }
    this.#seen.add(message.prompt);
    void this.agent?.(message, this);
  }
}

class FakeLink implements BridgeLink {
  disposed = false;
  state: LinkState = { state: 'idle' };

  constructor(
    readonly bridge: FakeBridge,
    readonly listener: LinkListener,
    readonly onDispose: () => void,
    readonly onRetry: () => void,
  ) {}

  setState(state: LinkState): void {
    this.state = state;
    this.listener.onState(state);
  }

  send(message: ToBridge): boolean {
    if (this.state.state !== 'attached') return false;
    // As over a wire: later.
    setImmediate(() => this.bridge.take(structuredClone(message)));
    return true;
  }

  retry(): void {
    this.onRetry();
  }

  dispose(): void {
    this.disposed = true;
    this.bridge.detach(this);
    this.onDispose();
  }
}

export class FakeBridgeLinks implements BridgeLinks {
  readonly #bridges = new Map<string, FakeBridge>();
  readonly #links = new Set<FakeLink>();
  /** Why no bridge is reached; null: it is. */
  fault: AgentFault | null = null;
  /** Bridges that speak another protocol are about to be replaced. */
  waiting = false;
  agent: FakeAgent | null = null;
  connects = 0;

  at(workspaceId: string): FakeBridge {
    let bridge = this.#bridges.get(workspaceId);
    if (!bridge) {
      bridge = new FakeBridge();
      bridge.agent = this.agent;
      this.#bridges.set(workspaceId, bridge);
    }
    return bridge;
  }

  get open(): number {
    return this.#links.size;
  }

  connect(workspaceId: string, listener: LinkListener): BridgeLink {
    this.connects += 1;
    const link: FakeLink = new FakeLink(
      this.at(workspaceId),
      listener,
      () => this.#links.delete(link),
      () => this.#reach(link),
    );
    this.#links.add(link);
    this.#reach(link);
    return link;
  }

  #reach(link: FakeLink): void {
    link.state = { state: 'connecting', note: 'Connecting' };
    setImmediate(() => {
      if (link.disposed) return;
      if (this.fault) link.setState({ state: 'down', fault: this.fault });
      else if (this.waiting) link.setState({ state: 'waiting', note: LEAVING_NOTE });
      else void link.bridge.attach(link);
    });
  }

  /** The network is away for a moment. */
  cut(workspaceId: string): void {
    const bridge = this.at(workspaceId);
    for (const link of this.#links)
      if (link.bridge === bridge) {
        bridge.detach(link);
        link.setState({ state: 'connecting', note: 'Connecting again' });
      }
  }

  refuse(workspaceId: string, session: string, fault: AgentFault): void {
    for (const link of this.#links)
      if (link.bridge === this.at(workspaceId)) link.listener.onRefused(session, fault);
  }

  mend(workspaceId: string): void {
    for (const link of this.#links) if (link.bridge === this.at(workspaceId)) this.#reach(link);
  }
}
