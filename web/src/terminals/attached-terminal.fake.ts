/** For tests: what a terminal's view makes of xterm.js and its socket, without a browser. */
import { AttachAddon } from '@xterm/addon-attach';
import { vi } from 'vitest';
import { FakeNetwork } from '../net/socket.fake.ts';
import type { Mark, Output } from './attach-socket.fake.ts';
import { AttachSocket, type AttachSocketOptions } from './attach-socket.ts';

// Only its constants are used, by addon-attach.
vi.stubGlobal('WebSocket', { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 });

const VIEWER = 'viw_00000000000000000000';

/** What of xterm.js is used here; the browser's and the headless one have it. */
interface Emulator {
  write(data: string, parsed: () => void): void;
  resize(cols: number, rows: number): void;
  input(text: string): void;
  loadAddon(addon: never): void;
}

/** `terminal` is fed by an attach socket, over a network that the test moves by hand. */
export function attach<T extends Emulator>(terminal: T, options: Partial<AttachSocketOptions> = {}) {
  const network = new FakeNetwork();
  const log: string[] = [];
  const unsent: string[] = [];
  const socket = new AttachSocket({
    url: 'ws://proxy/ws/terminals/trm_1',
    viewer: VIEWER,
    device: 'laptop',
    visible: true,
    fit: { cols: 100, rows: 30 },
    environment: network,
    afterParsed: (run) => terminal.write('', run),
    resize: (cols, rows) => terminal.resize(cols, rows),
    onCurrent: () => log.push('current'),
    onUnsent: (text) => unsent.push(text),
    onRefused: (why) => log.push(why),
    ...options,
  });
  terminal.loadAddon(new AttachAddon(socket as unknown as WebSocket) as never);
  const parsed = () => new Promise<void>((resolve) => terminal.write('', resolve));
  const type = (text: string) => terminal.input(text);
  const sentText = () =>
    network.socket.sent
      .filter((frame) => typeof frame !== 'string')
      .map((frame) => new TextDecoder().decode(frame as Uint8Array))
      .join('');
  return { network, terminal, socket, log, unsent, parsed, type, sentText };
}

export const text = (string: string) => new TextEncoder().encode(string) as Uint8Array<ArrayBuffer>;
export const output = (string: string, marks: Mark[] = []): Output => ({
  bytes: text(string),
  marks: [{ seq: 0, cols: 80, rows: 24 }, ...marks],
});
