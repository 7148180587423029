/**
 * Whose commits an agent makes (AG5). Its process outlives a prompt, so variables cannot say it: instead git is told
 * by `GIT_CONFIG_COUNT` (git 2.31 or later) to include a small file of the session, and that file is rewritten before
 * each prompt. It sets `author.*` and `committer.*`, which win over the repository's `user.*`. The variables
 * GIT_AUTHOR_* and GIT_COMMITTER_* would win over it in turn, and are taken out of the agent's environment.
 */
import { join } from 'node:path';
import type { Author } from '@porthole/shared/bridge';
import type * as z from 'zod/mini';
import { writeWhole } from './folder.ts';
import { oneLine } from './text.ts';

type Env = Record<string, string | undefined>;

/** They would decide instead of the file, or (IS_SANDBOX) make adapters ask for what they then refuse as root. */
const NOT_PASSED_ON = /^(GIT_(AUTHOR|COMMITTER)_(NAME|EMAIL|DATE)|IS_SANDBOX)$/;

export const authorFile = (authors: string, session: string): string => join(authors, `${session}.gitconfig`);

export function agentEnvironment(base: Env, own: Env, file: string): Env {
  const env: Env = {};
  for (const [name, value] of Object.entries({ ...base, ...own })) {
    if (!NOT_PASSED_ON.test(name)) env[name] = value;
  }
  const count = Number.parseInt(env.GIT_CONFIG_COUNT ?? '0', 10) || 0;
  env.GIT_CONFIG_COUNT = String(count + 1);
  env[`GIT_CONFIG_KEY_${count}`] = 'include.path';
  env[`GIT_CONFIG_VALUE_${count}`] = file;
  return env;
}

export function writeAuthor(file: string, author: z.infer<typeof Author>): void {
  const name = quote(author.name);
  const email = quote(author.email);
  const section = (title: string) => `[${title}]\n\tname = ${name}\n\temail = ${email}\n`;
  writeWhole(file, section('author') + section('committer'));
}

/** git refuses names with nothing in them but these. */
const quote = (text: string): string =>
  `"${oneLine(text.replace(/[<>]/g, ''), 200).replace(/["\\]/g, '\\$&')}"`;
