import { describe, expect, it } from 'vitest';
import { keyMethod } from './key-method.ts';

describe('signing in by a key', () => {
  it('[AG6] takes the way whose variables are all set, or the one that is marked for keys', () => {
    const login = { id: 'login', name: 'Log in' };
    const byVariable = { id: 'env', type: 'env_var', vars: [{ name: 'A_KEY' }, { name: 'B_KEY' }] };
    const marked = { id: 'key', _meta: { 'api-key': { provider: 'google' } } };
    expect(keyMethod([login, byVariable, marked], { A_KEY: 'a', B_KEY: 'b' })).toBe('env');
    expect(keyMethod([login, byVariable, marked], { A_KEY: 'a', B_KEY: '' })).toBe('key');
    expect(keyMethod([login, byVariable], { A_KEY: 'a' })).toBeNull();
    expect(keyMethod([login, { id: 'env', type: 'env_var', vars: [] }], {})).toBeNull();
    for (const none of [undefined, null, 'x', [null, 7, {}]]) expect(keyMethod(none, {})).toBeNull();
  });
});
