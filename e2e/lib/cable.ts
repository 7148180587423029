/** The network between two parties, on a port of its own: it can be cut, mended, and led to another machine. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface Cable {
  readonly port: number;
  /** Ends what goes through it; nothing new gets through until it is mended. */
  cut(): void;
  mend(): void;
  /** New connections end up at another port. Those there are stay. */
  lead(port: number): void;
  remove(): Promise<void>;
}

export async function layCable(to: number): Promise<Cable> {
  const open = new Set<Socket>();
  let target: number | null = to;
  let lastTarget = to;
  const server: Server = createServer((near) => {
    if (target === null) {
      near.destroy();
      return;
    }
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true });
    near.setNoDelay(true);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    target = null;
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    mend() {
      target = lastTarget;
    },
    lead(port) {
      target = lastTarget = port;
    },
    async remove() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
