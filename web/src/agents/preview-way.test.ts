import type { HostRow } from '@porthole/shared';
import { describe, expect, it } from 'vitest';
import { previewWay } from './preview-way.ts';

const host = (more: Partial<HostRow> = {}) =>
  ({ id: 'h', name: 'devbox', address: 'dev.example.com', port: 22, username: 'ana', ...more }) as HostRow;
const local = { provider: 'local', hostId: null } as const;
const ssh = { provider: 'ssh', hostId: 'h' } as const;

describe('the way to a port of a workspace’s machine', () => {
  it('is a link where the browser is on that machine, and nowhere else', () => {
    for (const here of ['localhost', '127.0.0.1', '[::1]', 'porthole.localhost'])
      expect(previewWay(5173, local, [], here)).toEqual({ kind: 'here' });
    expect(previewWay(5173, local, [], 'porthole.example.com')).toEqual({ kind: 'none' });
    expect(previewWay(5173, local, [], '127.example.com')).toEqual({ kind: 'none' });
  });

  it('is a tunnel to a host', () => {
    const to = (more: Partial<HostRow>) => previewWay(5173, ssh, [host(more)], 'localhost');
    expect(to({})).toEqual({
      kind: 'tunnel',
      host: 'devbox',
      command: 'ssh -N -L 5173:localhost:5173 ana@dev.example.com',
    });
    expect(to({ port: 2222 })).toMatchObject({
      command: 'ssh -N -L 5173:localhost:5173 -p 2222 ana@dev.example.com',
    });
  });

  it('[SE5] says nothing to a shell that the host’s name could have said', () => {
    const { command } = previewWay(80, ssh, [host({ username: "a';reboot;'" })], 'x') as { command: string };
    expect(command).toBe("ssh -N -L 80:localhost:80 -- 'a'\\'';reboot;'\\''@dev.example.com'");
  });

  it('is none where the machine is not known', () => {
    expect(previewWay(80, ssh, [], 'localhost')).toEqual({ kind: 'none' });
    expect(previewWay(80, undefined, [], 'localhost')).toEqual({ kind: 'none' });
  });
});
