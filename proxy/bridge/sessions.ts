/** The sessions of a daemon by id: hands each message to its session, and ends what an earlier daemon left running. */
import { readdirSync } from 'node:fs';
import type { AgentFault } from '@porthole/shared/agent-events';
import { MAX_SESSIONS_PER_WORKSPACE } from '@porthole/shared/agent-limits';
import { fault } from './fault.ts';
import { removeAttachments } from './folder.ts';
import type { PeerMessage } from './peer.ts';
import { SessionRecord } from './record.ts';
import { Session, type SessionHost } from './session.ts';

export class Sessions {
  readonly #host: SessionHost;
  readonly #all = new Map<string, Session>();

  constructor(host: SessionHost) {
    this.#host = host;
  }

  /** Of one of them an agent runs. */
  get awake(): boolean {
    return [...this.#all.values()].some((session) => session.awake);
  }

  get busy(): boolean {
    return [...this.#all.values()].some((session) => session.busy);
  }

  describe() {
    return [...this.#all.values()].map((session) => session.describe());
  }

  growing() {
    return [...this.#all.values()].map((session) => session.growing()).filter((growing) => growing !== null);
  }

  isOpen(session: string): boolean {
    return this.#all.has(session);
  }

  /** It has begun here, or is about to. */
  hasTaken({ session, prompt }: Extract<PeerMessage, { type: 'prompt' }>): boolean {
    const known = this.#all.get(session);
    if (known) return known.hasTaken(prompt);
    return new SessionRecord(this.#host.folder.sessions, session).hasBegun(prompt);
  }

  handle(message: PeerMessage): void {
    const session = this.#get(message);
    if (!session) return;
    switch (message.type) {
      case 'open':
        session.open(message);
        break;
      case 'prompt':
        session.prompt(message);
        break;
      case 'stop':
        session.stop(message.prompt);
        break;
      case 'answer':
        session.answer(message.request, message.option);
        break;
      case 'choose':
        void session.choose(message.option, message.value);
        break;
      case 'close':
        this.#all.delete(message.session);
        void session.close(null);
    }
  }

  /** The agents of turns that ran in a daemon that was killed are gone: ACP has no way to go on in mid-turn. */
  endInterrupted(last: number): void {
    for (const name of readdirSync(this.#host.folder.sessions)) {
      const session = /^(ses_\w+)\.json$/.exec(name)?.[1];
      if (!session) continue;
      const record = new SessionRecord(this.#host.folder.sessions, session);
      const turn = record.interrupted(last);
      if (turn !== null) {
        const why = fault('agent_exited', 'The bridge on the machine was restarted in mid-turn');
        record.ending(this.#host.nextNumber(session));
        this.#host.emit(session, { type: 'turn_ended', turn, outcome: 'failed', fault: why });
      }
      if (record.isOpenEnded) record.ended();
    }
  }

  async closeAll(why: AgentFault): Promise<void> {
    const all = [...this.#all.values()];
    this.#all.clear();
    await Promise.all(all.map((session) => session.close(why)));
  }

  #get(message: PeerMessage): Session | null {
    const known = this.#all.get(message.session);
    if (known) return known;
    if (message.type === 'close') removeAttachments(this.#host.folder, message.session);
    // Idempotent: what is not open is closed, stopped and answered.
    if (message.type !== 'open' && message.type !== 'prompt' && message.type !== 'choose') return null;
    const record = new SessionRecord(this.#host.folder.sessions, message.session);
    if (message.type !== 'open') {
      if (message.type === 'prompt' && record.hasBegun(message.prompt)) return null;
      this.#host.refuse(message.session, fault('internal', 'The session is not open'));
      return null;
    }
    if (this.#all.size >= MAX_SESSIONS_PER_WORKSPACE) {
      this.#host.refuse(message.session, fault('limit', `More than ${MAX_SESSIONS_PER_WORKSPACE} sessions`));
      return null;
    }
    const session = new Session(message.session, this.#host, record);
    this.#all.set(message.session, session);
    return session;
  }
}
