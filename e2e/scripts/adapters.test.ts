import { describe, expect, it } from 'vitest';
import { provideAdapters } from './adapters.mjs';

describe('real agents for tests', () => {
  it('are those that are said, or none: nobody’s machine gets a gigabyte unasked', async () => {
    expect(await provideAdapters({})).toBe('');
    expect(await provideAdapters({ PORTHOLE_ADAPTERS: '/a/bin:/b/bin' })).toBe('/a/bin:/b/bin');
    expect(await provideAdapters({ PORTHOLE_ADAPTERS: '/a/bin', CI: 'true' })).toBe('/a/bin');
    expect(await provideAdapters({ PORTHOLE_ADAPTERS: '0', CI: 'true' })).toBe('0');
  });
});
