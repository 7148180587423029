/** Runs a command in a terminal of its own, where everybody sees it: opens one, types it once, and leaves. */
import type { TerminalRow } from '@porthole/shared';
import { TerminalServerMessage } from '@porthole/shared';
import { PROTOCOL_VERSION } from '@porthole/shared/version';
import { api, call } from '../net/api.ts';
import { makeSocket } from '../net/socket.ts';
import { newId } from './session-ids.ts';

const GRID = { cols: 80, rows: 24 };
/** The shell has said something by then, or takes what is typed ahead. */
const GIVE_UP_MS = 10_000;

export async function runInTerminal(workspace: string, name: string, command: string): Promise<TerminalRow> {
  const terminal = await call(
    api.workspaces[':workspace'].terminals.$post({ param: { workspace }, json: { name, ...GRID } }),
  );
  await typeOnce(terminal.id, `${command}\r`);
  return terminal;
}

function typeOnce(terminalId: string, text: string): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      socket.close();
      resolve();
    };
    const timer = setTimeout(done, GIVE_UP_MS);
    const socket = makeSocket({
      url: `/ws/terminals/${terminalId}`,
      schema: TerminalServerMessage,
      hello: () =>
        JSON.stringify({
          ...{ type: 'attach', version: PROTOCOL_VERSION, viewer: newId('viewer'), resume: null },
          ...GRID,
          ...{ visible: false, device: 'laptop' },
        }),
      onMessage(message) {
        if (message.type === 'attached')
          socket.send(new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>);
        // Confirmed: the program has it.
        else if (message.type === 'input_ack') done();
        else if (message.type === 'error') done();
      },
    });
  });
}
