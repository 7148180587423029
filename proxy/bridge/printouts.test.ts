import type { BridgeEvent } from '@porthole/shared/agent-events';
import { describe, expect, it } from 'vitest';
import { Printouts } from './printouts.ts';
import { Turn } from './turn.ts';
import { readUpdate } from './updates.ts';

describe('what an agent’s own commands printed', () => {
  it('is put together, and shown in its end while it runs', () => {
    const printouts = new Printouts();
    expect(printouts.content('a')).toBeNull();
    printouts.add({ terminal: 'a', output: 'x'.repeat(8 * 1024), exitCode: null });
    printouts.add({ terminal: 'a', output: 'end', exitCode: null });
    expect(printouts.content('a')).toEqual({
      ...{ kind: 'terminal', output: `${'x'.repeat(8 * 1024 - 3)}end`, exitCode: null, cut: 3 },
    });
    printouts.add({ terminal: 'a', output: '', exitCode: 0 });
    expect(printouts.content('a')).toEqual({
      ...{ kind: 'terminal', output: `${'x'.repeat(8 * 1024)}end`, exitCode: 0 },
    });
  });

  it('[SE7] keeps the newest output, and the newest terminals', () => {
    const printouts = new Printouts();
    for (let i = 0; i < 100; i += 1)
      printouts.add({ terminal: 'long', output: `${i}`.padEnd(10_000), exitCode: i === 99 ? 1 : null });
    const content = printouts.content('long');
    expect(content).toMatchObject({ exitCode: 1, cut: 1_000_000 - 256 * 1024 });
    expect(content?.kind === 'terminal' && content.output.endsWith('99'.padEnd(10_000))).toBe(true);
    for (let i = 0; i < 64; i += 1) printouts.add({ terminal: `t${i}`, output: 'x', exitCode: 0 });
    expect([printouts.content('long'), printouts.content('t0')?.kind]).toEqual([null, 'terminal']);
  });
});

describe('a turn', () => {
  it('[AG4] shows what such a command printed in its tool call, at once when it ends', () => {
    const events: BridgeEvent[] = [];
    const turn = new Turn('prm_1', {
      ...{ emit: (event) => events.push(event), onGrowth() {}, terminal: () => null },
      ...{ onEdited() {}, onOutput() {}, onImage() {}, relative: (path) => path },
    });
    const say = (update: object) => {
      const read = readUpdate({ toolCallId: 'c', ...update }, (path) => path);
      if (read) turn.update(read);
    };
    const terminal_id = 'exec-1';
    const content = [{ type: 'terminal', terminalId: terminal_id }];
    say({ sessionUpdate: 'tool_call', kind: 'execute', content, _meta: { terminal_info: { terminal_id } } });
    say({ sessionUpdate: 'tool_call_update', _meta: { terminal_output: { terminal_id, data: 'made\n' } } });
    const _meta = { terminal_exit: { terminal_id, exit_code: 0 } };
    say({ sessionUpdate: 'tool_call_update', status: 'completed', _meta });
    const shown = events.flatMap((event) => (event.type === 'tool' && event.content ? [event.content] : []));
    expect(shown).toEqual([
      [{ kind: 'terminal', output: '', exitCode: null }],
      [{ kind: 'terminal', output: 'made\n', exitCode: 0 }],
    ]);
    turn.end();
  });
});
