// What survives a bridge, on a real disk, at every moment at which it may be killed.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SessionRecord } from './record.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'porthole-record-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const again = () => new SessionRecord(folder, 'ses_1');

describe('the record of a session', () => {
  it('[AG4] knows which prompts have begun', () => {
    expect(again().hasBegun('prm_1')).toBe(false);
    again().begin('prm_1');
    expect(again().hasBegun('prm_1')).toBe(true);
    again().ended();
    again().begin('prm_2');
    expect([again().hasBegun('prm_1'), again().hasBegun('prm_2')]).toEqual([true, true]);
  });

  it('[AG4] a turn that ran is to be ended once, whether its end was written or not', () => {
    expect(again().interrupted(0)).toBeNull();
    again().begin('prm_1');
    expect(again().interrupted(4)).toBe('prm_1');
    again().ending(5);
    // Killed before the end was in the spool, and after.
    expect(again().interrupted(4)).toBe('prm_1');
    expect(again().interrupted(5)).toBeNull();
    expect(again().isOpenEnded).toBe(true);
    again().ended();
    expect(again().isOpenEnded).toBe(false);
  });

  it('remembers the newest thousand prompts, and the agent’s conversation', () => {
    const record = again();
    record.setAgentSession('a');
    for (let n = 0; n <= 1_000; n += 1) record.begin(`prm_${n}`);
    expect([record.hasBegun('prm_0'), record.hasBegun('prm_1'), again().agentSession]).toEqual([
      false,
      true,
      'a',
    ]);
    expect(readdirSync(folder)).toEqual(['ses_1.json']);
  });

  it('[AG5] knows what a prompt has chosen for itself alone', () => {
    expect(again().overridden).toEqual({});
    again().overridden = { model: { once: 'large', before: 'small' } };
    expect(again().overridden).toEqual({ model: { once: 'large', before: 'small' } });
  });

  it('a damaged one is a new one', () => {
    for (const text of ['', '{', 'null', '{"begun":7}']) {
      writeFileSync(join(folder, 'ses_1.json'), text);
      expect(again().hasBegun('prm_1')).toBe(false);
    }
  });
});
