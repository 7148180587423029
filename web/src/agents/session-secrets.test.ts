import { expect, it } from 'vitest';
import { keptHow } from './session-secrets.ts';

it.each([
  ['ANTHROPIC_API_KEY', true],
  ['OPENAI_API_KEY', true],
  ['GEMINI_API_KEY', false],
  ['LINEAR_TOKEN', false],
  [null, false],
] as const)('[AG9] %s is said to stay away from the machine: %s', (secret, stays) => {
  expect(keptHow(secret).includes('does not reach the machine')).toBe(stays);
});
