/** The decisions of the edge that need no server. */
import { BlockList } from 'node:net';
import { describe, expect, it } from 'vitest';
import { clientAddress, networkOf } from './address.ts';
import { originAllowed } from './origin.ts';
import { securityHeaders } from './security-headers.ts';

describe('[SE2] an origin', () => {
  it.each([
    // public origin, Origin, Host, allowed
    ['https://p.example', 'https://p.example', 'p.example', true],
    ['https://p.example', 'https://p.example', 'inner:4000', true],
    ['https://p.example', 'http://p.example', 'p.example', false],
    ['https://p.example', 'https://p.example.evil.example', 'p.example', false],
    ['https://p.example', 'http://localhost:4000', 'localhost:4000', false],
    ['https://p.example', undefined, 'p.example', false],
    [null, 'http://localhost:4000', 'localhost:4000', true],
    [null, 'http://127.0.0.1:4000', '127.0.0.1:4000', true],
    [null, 'http://[::1]:4000', '[::1]:4000', true],
    [null, 'http://LOCALHOST:5173', 'localhost:5173', true],
    [null, 'http://localhost:3000', 'localhost:4000', false],
    [null, 'http://localhost:4000', '127.0.0.1:4000', false],
    // DNS rebinding: the names agree, but it is not the loopback's.
    [null, 'http://evil.example:4000', 'evil.example:4000', false],
    [null, 'http://localhost.evil.example:4000', 'localhost.evil.example:4000', false],
    [null, 'http://127.0.0.1.evil.example', '127.0.0.1.evil.example', false],
    [null, 'null', 'localhost:4000', false],
    [null, '', '', false],
    [null, undefined, 'localhost:4000', false],
    [null, 'http://localhost:4000/x', 'localhost:4000/x', false],
    [null, 'http://user@localhost:4000', 'user@localhost:4000', false],
  ] as const)('with %s: Origin %s at Host %s → %s', (publicOrigin, origin, host, allowed) => {
    expect(originAllowed(publicOrigin, origin, host)).toBe(allowed);
  });
});

describe("a client's address", () => {
  const trusted = new BlockList();
  trusted.addSubnet('10.0.0.0', 8, 'ipv4');
  it.each([
    ['203.0.113.9', undefined, '203.0.113.9'],
    // Nobody unknown is believed.
    ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', '6.6.6.6, 198.51.100.1, 10.2.2.2', '198.51.100.1'],
    ['::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', 'nonsense', '10.0.0.1'],
    ['10.0.0.1', '2001:db8::1', '2001:db8::1'],
    [undefined, undefined, 'unknown'],
  ])('at %s saying %s is %s', (peer, forwarded, expected) => {
    expect(clientAddress(peer, forwarded, trusted)).toBe(expected);
  });
});

describe('[SE1] what attempts are counted by', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['unknown', 'unknown'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::203.0.113.9', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:203.0.113.9', '1:2:3:4::/64'],
  ])('of %s is %s', (address, expected) => {
    expect(networkOf(address)).toBe(expected);
  });
});

describe('[SE5] the policy', () => {
  it('allows no inline script, and sockets to this host alone', () => {
    const local = securityHeaders(null, 'localhost:4000')['Content-Security-Policy'];
    expect(local).toMatch(/script-src 'self';/);
    expect(local).toMatch(/connect-src 'self' ws:\/\/localhost:4000;/);
    expect(securityHeaders('https://p.example', 'x')['Content-Security-Policy']).toMatch(
      /'self' wss:\/\/p\.example;/,
    );
    for (const host of ['a; script-src *', "x' 'unsafe-eval", 'a\r\nb'])
      expect(securityHeaders(null, host)['Content-Security-Policy']).toMatch(/connect-src 'self';/);
  });
});
