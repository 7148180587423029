import { describe, expect, it } from 'vitest';
import { ID_BODY, idFromBytes, TerminalId, WorkspaceId } from './ids.ts';

describe('ids', () => {
  it('says what it names and is accepted by its own schema only', () => {
    const id = idFromBytes(
      'workspace',
      Uint8Array.from({ length: 20 }, (_, i) => i * 13),
    );
    expect(id.startsWith('wsp_')).toBe(true);
    expect(id.slice(4)).toMatch(ID_BODY);
    expect(WorkspaceId.safeParse(id).success).toBe(true);
    expect(TerminalId.safeParse(id).success).toBe(false);
  });

  it('keeps 5 bits of each byte, so that every character is equally likely', () => {
    const seen = new Set<string>();
    for (let byte = 0; byte < 256; byte++) seen.add(idFromBytes('user', new Uint8Array(20).fill(byte)));
    expect(seen.size).toBe(32);
  });

  it('refuses too little randomness', () => {
    expect(() => idFromBytes('user', new Uint8Array(19))).toThrow(RangeError);
  });
});
