/** The floor: a plain ssh2 client with a PTY on the same sshd, doing nothing but reading. */
import { once } from 'node:events';
import { Client, type ClientChannel } from 'ssh2';
import type { Sshd } from '../lib/sshd.ts';

export interface Floor {
  shell: ClientChannel;
  end(): void;
}

export async function openFloor(sshd: Sshd): Promise<Floor> {
  const client = new Client();
  client.connect({ host: '127.0.0.1', port: sshd.port, username: sshd.user, privateKey: sshd.privateKey });
  await once(client, 'ready');
  client.setNoDelay(true);
  const shell = await new Promise<ClientChannel>((resolve, reject) =>
    client.shell({ term: 'xterm-256color', cols: 80, rows: 24 }, (error, channel) =>
      error ? reject(error) : resolve(channel),
    ),
  );
  return { shell, end: () => client.end() };
}
