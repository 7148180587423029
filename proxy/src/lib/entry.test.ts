import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entry, typescriptArgv } from './entry.ts';

// An enum is TypeScript that has to be compiled, and the import leads on into another TypeScript file.
const source = `
import { parentPort } from 'node:worker_threads';
import { entry } from ${JSON.stringify(new URL('./entry.ts', import.meta.url).href)};
enum Answer { Yes = 'yes' }
const say = (text: string) => (parentPort ? parentPort.postMessage(text) : process.send?.(text));
say(Answer.Yes + ' ' + entry('screen-worker').execArgv.length);
`;

describe('entry', () => {
  let folder = '';
  let file = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'porthole-entry-'));
    file = join(folder, 'probe.ts');
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(file, source);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('names the TypeScript source and the flags to run it when there is no build', () => {
    const { file, execArgv } = entry('local-sshd');
    expect(file).toMatch(/[\\/]src[\\/]workspaces[\\/]providers[\\/]local-sshd\.ts$/);
    expect(execArgv).toEqual(typescriptArgv());
  });

  it('gives flags with which a worker thread runs TypeScript', async () => {
    const worker = new Worker(file, { execArgv: typescriptArgv() });
    const [message] = await once(worker, 'message');
    expect(message).toBe('yes 2');
    await worker.terminate();
  });

  it('gives flags with which a child process runs TypeScript', async () => {
    const child = fork(file, { execArgv: typescriptArgv() });
    const [message] = await once(child, 'message');
    expect(message).toBe('yes 2');
    child.disconnect();
    await once(child, 'exit');
  });
});
