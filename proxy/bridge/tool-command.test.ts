import { describe, expect, it } from 'vitest';
import { commandIn } from './tool-command.ts';

describe('the command of a tool call', () => {
  it.each([
    ['a text', { command: ' git status ' }, 'git status'],
    ['words', { cmd: ['git', 'log', '-3'] }, 'git log -3'],
    ['a shell with a script', { command: ['bash', '-lc', 'npm test && ls'] }, 'npm test && ls'],
    ['words that a line would not tell apart', { command: ['rm', 'a b'] }, null],
    ['words for a shell', { command: ['echo', 'a;b'] }, null],
    ['no words', { command: [] }, null],
    ['not text', { command: 7 }, null],
    ['none', { path: 'a' }, null],
  ])('[AG7] as %s', (_, input, expected) => {
    expect(commandIn(JSON.stringify(input))).toBe(expected);
  });

  it('[AG7] is not read out of what is no JSON', () => {
    expect(commandIn('git status')).toBeNull();
    expect(commandIn('null')).toBeNull();
  });
});
