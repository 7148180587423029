import { describe, expect, it } from 'vitest';
import { addressFor } from './links-address.ts';

const plain = { machineUrl: null, origin: null, host: '127.0.0.1', port: 4000 };

describe('where a machine finds the server', () => {
  it.each([
    ['the loopback, for its own', plain, 'http://127.0.0.1:4000', null],
    [
      'what the operator says',
      { ...plain, machineUrl: 'http://10.0.0.5' },
      'http://10.0.0.5',
      'http://10.0.0.5',
    ],
    [
      'its public address',
      { ...plain, origin: 'https://p.example.com' },
      'http://127.0.0.1:4000',
      'https://p.example.com',
    ],
    [
      'no public address of the loopback',
      { ...plain, origin: 'http://localhost:4000' },
      'http://127.0.0.1:4000',
      null,
    ],
    ['never a wildcard', { ...plain, host: '::' }, 'http://127.0.0.1:4000', null],
    ['an address in brackets', { ...plain, host: 'fd00::1' }, 'http://[fd00::1]:4000', null],
  ])('is %s', (_, addresses, local, elsewhere) => {
    expect([addressFor(addresses, true), addressFor(addresses, false)]).toEqual([local, elsewhere]);
  });
});
