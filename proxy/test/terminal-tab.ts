/** Terminals from outside: a browser tab, and a workspace to open them in. */
import type { TerminalServerMessage } from '@porthole/shared';
import { type Person, SyncClient, TestSocket } from './harness.ts';
import type { Client } from './harness-client.ts';
import { attachOf, bytesOf, TestViewer } from './terminal-kit.ts';

/** A browser tab: a socket, and a screen of its own. */
export class Tab {
  readonly screen = new TestViewer();
  #read = 0;

  private constructor(readonly socket: TestSocket) {
    this.screen.onAck = (seq) => this.send({ type: 'ack', seq });
  }

  static async open(client: Client, terminal: string, name: string, more = {}): Promise<Tab> {
    const tab = new Tab(await TestSocket.open(client, `/ws/terminals/${terminal}`));
    tab.send(attachOf(name, more));
    await tab.until(() => tab.screen.last('attached') !== undefined);
    return tab;
  }

  send(message: object): void {
    this.socket.send(message);
  }

  type(text: string): void {
    this.socket.send(bytesOf(text));
  }

  /** Folds frames in until the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    for (;;) {
      this.fold();
      if (condition()) return;
      if (!this.socket.isOpen) throw new Error(`closed: ${JSON.stringify(await this.socket.closed)}`);
      const heard = this.socket.heard();
      if (this.#read < this.socket.frames.length) continue;
      await heard;
    }
  }

  shows(text: string | RegExp): Promise<void> {
    return this.until(() =>
      typeof text === 'string' ? this.screen.text.includes(text) : text.test(this.screen.text),
    );
  }

  fold(): void {
    for (; this.#read < this.socket.frames.length; this.#read++) {
      const frame = this.socket.frames[this.#read];
      if (frame instanceof Uint8Array) this.screen.bytes(frame);
      else this.screen.message(frame as TerminalServerMessage);
    }
  }
}

/** Running, on the local provider. */
export async function workspaceOf({ client, org }: Person): Promise<string> {
  const { id } = await client.call('createWorkspace', { params: { org }, body: { provider: 'local' } });
  const sync = await SyncClient.open(client, org);
  const row = () => sync.rows('workspaces').find((each) => each.id === id);
  await sync.until(() => row()?.status !== 'provisioning');
  sync.socket.close();
  if (row()?.status !== 'running') throw new Error(JSON.stringify(row()?.error));
  return id;
}

export const newTerminal = ({ client }: Person, workspace: string) =>
  client.call('createTerminal', { params: { workspace }, body: {} });
