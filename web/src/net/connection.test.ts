import { CloseCode } from '@porthole/shared';
import { describe, expect, it } from 'vitest';
import { connectionStatus, connectionText } from './connection.ts';

describe('connectionStatus', () => {
  it('[TR10] says which attempt of how many', () => {
    const status = connectionStatus({ name: 'waiting', attempt: 2, until: 0 }, true, true);
    expect(status).toEqual({ name: 'reconnecting', attempt: 2, of: 4 });
    expect(connectionText(status, null)[0]).toBe('Reconnecting, 2 of 4');
  });

  it('a first connection is not a reconnection', () => {
    expect(connectionStatus({ name: 'connecting', attempt: 0, since: 0 }, true, false).name).toBe(
      'connecting',
    );
    expect(connectionStatus({ name: 'connecting', attempt: 0, since: 0 }, true, true).name).toBe(
      'reconnecting',
    );
  });

  it('[FD3] without a network it is offline, whatever the socket tries', () => {
    for (const name of ['idle', 'lost'] as const) {
      expect(connectionStatus({ name }, false, true)).toEqual({ name: 'offline' });
    }
    expect(connectionStatus({ name: 'waiting', attempt: 1, until: 0 }, false, true)).toEqual({
      name: 'offline',
    });
  });

  it('[W1] another version asks for a reload', () => {
    const status = connectionStatus(
      { name: 'closed', code: CloseCode.versionMismatch, reason: '' },
      true,
      true,
    );
    expect(connectionText(status, null)[0]).toBe('Update needed');
  });

  it('connected shows the echo time', () => {
    const open = { name: 'open', attempt: 0, since: 0, pingAt: 0, answerBy: null } as const;
    const status = connectionStatus(open, true, true);
    expect(connectionText(status, null)[0]).toBe('Connected');
    expect(connectionText(status, 81.6)[0]).toBe('82 ms');
    expect(connectionText(status, 0.2)[0]).toBe('1 ms');
  });
});
