import { describe, expect, it } from 'vitest';
import { readOptions, settingFor } from './options.ts';
import { readUpdate } from './updates.ts';

const read = (update: unknown) => readUpdate(update, (path) => path.replace('/checkout/', ''));

describe('session updates', () => {
  it('[AG6] tool calls with all they have', () => {
    expect(
      read({
        ...{
          sessionUpdate: 'tool_call',
          toolCallId: 'c',
          title: 'Edit\nit',
          kind: 'edit',
          status: 'in_progress',
        },
        locations: [{ path: '/checkout/a.ts', line: 3 }, { path: '/checkout/a.ts' }, { path: 7 }],
        rawInput: { path: 'a.ts' },
        content: [
          { type: 'diff', path: '/checkout/a.ts', newText: 'b' },
          { type: 'terminal', terminalId: 'term-1' },
          { type: 'content', content: { type: 'resource_link', uri: 'https://x.y/z', name: 'Z' } },
          { type: 'content', content: { type: 'resource_link', uri: 'javascript:alert(1)', name: 'Z' } },
          { type: 'content', content: { type: 'image', mimeType: 'image/svg+xml', data: 'x' } },
          { type: 'hologram' },
        ],
      }),
    ).toEqual({
      ...{ type: 'tool', call: 'c', title: 'Edit it', kind: 'edit', status: 'running', files: ['a.ts'] },
      input: '{\n "path": "a.ts"\n}',
      content: [
        { kind: 'diff', path: 'a.ts', before: null, after: 'b' },
        { kind: 'running', terminal: 'term-1' },
        { kind: 'link', url: 'https://x.y/z', title: 'Z' },
        { kind: 'text', text: 'javascript:alert(1)' },
      ],
    });
  });

  it('[AG6] what is absent stays absent, and a raw result is shown where there is no other', () => {
    expect(read({ sessionUpdate: 'tool_call_update', toolCallId: 'c', status: 'completed' })).toEqual({
      ...{ type: 'tool', call: 'c', status: 'done' },
    });
    expect(
      read({ sessionUpdate: 'tool_call_update', toolCallId: 'c', rawOutput: { ok: true } }),
    ).toMatchObject({
      content: [{ kind: 'text', text: '{\n "ok": true\n}' }],
    });
  });

  it('what a command printed that the agent runs by itself, and how it ended', () => {
    const printed = (meta: object) =>
      read({ sessionUpdate: 'tool_call_update', toolCallId: 'c', _meta: meta });
    const terminal_id = 'exec-1';
    const common = { type: 'tool', call: 'c' };
    expect(printed({ terminal_info: { terminal_id, cwd: '/' } })).toEqual({
      ...{ ...common, printed: { terminal: 'exec-1', output: '', exitCode: null } },
    });
    for (const key of ['terminal_output', 'terminal_output_delta'])
      expect(printed({ [key]: { terminal_id, data: 'one\n' } })).toEqual({
        ...{ ...common, printed: { terminal: 'exec-1', output: 'one\n', exitCode: null } },
      });
    const whole = {
      terminal_output: { terminal_id, data: 'x' },
      terminal_exit: { terminal_id, exit_code: 3 },
    };
    expect(printed(whole)).toMatchObject({ printed: { output: 'x', exitCode: 3 } });
    const killed = { terminal_exit: { terminal_id, exit_code: null, signal: 'SIGTERM' } };
    expect(printed(killed)).toMatchObject({ printed: { exitCode: -1 } });
    for (const meta of [{}, { terminal_output: 'x' }, { terminal_exit: { exit_code: 1 } }])
      expect(printed(meta)).toEqual(common);
  });

  it('[SE5] what is not understood is left out', () => {
    const strange = [
      null,
      7,
      {},
      { sessionUpdate: 'x' },
      { sessionUpdate: 'tool_call' },
      { sessionUpdate: 'usage_update' },
    ];
    for (const update of strange) expect(read(update)).toBeNull();
    expect(read({ sessionUpdate: 'plan', entries: [{ content: 'a', status: 'new' }, 7] })).toEqual({
      type: 'plan',
      entries: [
        { text: 'a', priority: 'medium', status: 'waiting' },
        { text: '', priority: 'medium', status: 'waiting' },
      ],
    });
  });
});

describe('options', () => {
  const modes = {
    currentModeId: 'ask',
    availableModes: [{ id: 'ask', name: 'Ask' }, { id: 'go', name: 'Go' }, 7],
  };
  const model = { type: 'select', id: 'm', name: 'Model', category: 'model', currentValue: 'a' };
  const groups = [
    {
      group: 'g',
      name: 'G',
      options: [
        { value: 'a', name: 'A' },
        { value: 'b', name: 'B' },
      ],
    },
  ];

  it('[AG6] are modes, groups of choices, and switches', () => {
    const config = [
      { ...model, options: groups },
      { type: 'boolean', id: 'web', name: 'Web', currentValue: true },
    ];
    expect(
      readOptions({ modes, models: null, config }).map(({ id, category, value, choices }) => [
        id,
        category,
        value,
        choices.length,
      ]),
    ).toEqual([
      ['mode', 'mode', 'ask', 2],
      ['m', 'model', 'a', 2],
      ['web', 'other', 'true', 2],
    ]);
    expect(settingFor({ modes, models: null, config }, 'mode', 'go')).toEqual({ by: 'mode', modeId: 'go' });
    expect(settingFor({ modes, models: null, config }, 'm', 'b')).toEqual({
      by: 'config',
      configId: 'm',
      value: 'b',
    });
    expect(settingFor({ modes, models: null, config }, 'web', 'false')).toEqual({
      by: 'config',
      configId: 'web',
      value: false,
    });
    expect(settingFor({ modes, models: null, config }, 'm', 'c')).toBeNull();
    expect(settingFor({ modes, models: null, config }, 'x', 'c')).toBeNull();
  });

  it('[AG6] are models as well, where an agent offers them beside its options', () => {
    const models = {
      currentModelId: 'auto',
      availableModels: [{ modelId: 'auto', name: 'Auto' }, { modelId: 'pro', name: 'Pro' }, 7],
    };
    expect(readOptions({ modes: null, models, config: null })).toMatchObject([
      { id: 'model', category: 'model', value: 'auto', choices: [{ id: 'auto' }, { id: 'pro' }] },
    ]);
    const offered = { modes, models, config: null };
    expect(settingFor(offered, 'model', 'pro')).toEqual({ by: 'model', modelId: 'pro' });
    expect(settingFor(offered, 'mode', 'go')).toEqual({ by: 'mode', modeId: 'go' });
    expect(settingFor(offered, 'model', 'x')).toBeNull();
    const config = [{ ...model, options: groups }];
    expect(readOptions({ modes: null, models, config }).map(({ id }) => id)).toEqual(['m']);
  });

  it('[AG6] modes are not offered twice', () => {
    const config = [{ ...model, id: 'permission', category: 'mode', options: [{ value: 'a', name: 'A' }] }];
    expect(readOptions({ modes, models: null, config }).map(({ id }) => id)).toEqual(['permission']);
    expect(readOptions({ modes: null, models: null, config: 'none' })).toEqual([]);
  });
});
