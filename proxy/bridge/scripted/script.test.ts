import { describe, expect, it } from 'vitest';
import { parseScript } from './script.ts';

describe('a script', () => {
  it('is a step for each line', () => {
    const script = `plan a; b
      run ls -la
    edit a/b.txt one\\ntwo
    append c   x y
    read a/b.txt
    ask deploy it
    think hmm
    wait 50
    fail oh no
    pull request https://github.com/a/b/pull/1
    preview 8080
    image
    context
    stubborn
    cost 0.42
    flood 5
    flood 6 KiB
    exit 3
    dance`;
    expect(parseScript(script)).toEqual([
      { do: 'plan', entries: ['a', 'b'] },
      { do: 'run', command: 'ls -la' },
      { do: 'edit', path: 'a/b.txt', text: 'one\ntwo' },
      { do: 'append', path: 'c', text: 'x y' },
      { do: 'read', path: 'a/b.txt' },
      { do: 'ask', what: 'deploy it' },
      { do: 'think', text: 'hmm' },
      { do: 'wait', ms: 50 },
      { do: 'fail', message: 'oh no' },
      { do: 'pull request', url: 'https://github.com/a/b/pull/1' },
      { do: 'preview', port: 8080 },
      { do: 'image' },
      { do: 'context' },
      { do: 'stubborn' },
      { do: 'cost', amount: 0.42 },
      { do: 'flood', count: 5, unit: 'events' },
      { do: 'flood', count: 6, unit: 'KiB' },
      { do: 'exit', code: 3 },
      { do: 'unknown', line: 'dance' },
    ]);
  });

  it('of nothing known is none: then the help is shown', () => {
    for (const prompt of ['', 'Hello, who are you?', '/help', 'run', 'wait long', 'exit now']) {
      expect(parseScript(prompt)).toEqual([]);
    }
    expect(parseScript('/tour').some((step) => step.do === 'unknown')).toBe(false);
  });
});
