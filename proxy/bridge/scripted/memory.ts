/** What the scripted agent remembers of its conversations: one file each, so that a resumed one is a real one. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const MAX_PROMPTS = 1_000;
const MAX_PROMPT_CHARS = 2_000;

export class Memory {
  readonly #folder: string;

  constructor(env: NodeJS.ProcessEnv) {
    const state = env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state');
    this.#folder = env.PORTHOLE_SCRIPTED_HOME || join(state, 'porthole', 'scripted-agent');
  }

  /** null: there is no such conversation. */
  load(id: string): string[] | null {
    if (!/^[\w-]{1,64}$/.test(id)) return null;
    try {
      const kept: unknown = JSON.parse(readFileSync(this.#path(id), 'utf8'));
      return Array.isArray(kept) ? kept.map(String) : null;
    } catch {
      return null;
    }
  }

  save(id: string, prompts: readonly string[]): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const kept = prompts.slice(-MAX_PROMPTS).map((prompt) => prompt.slice(0, MAX_PROMPT_CHARS));
    const next = `${this.#path(id)}.${process.pid}.new`;
    writeFileSync(next, JSON.stringify(kept), { mode: 0o600 });
    renameSync(next, this.#path(id));
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}
