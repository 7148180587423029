import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { blocksOf } from './prompt-blocks.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'porthole-blocks-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const prompt = (name: string, mediaType: string) => {
  const meta = { id: `att_${'0'.repeat(20)}`, name, mediaType, size: 5 };
  const author = { name: 'A', email: 'a@x' };
  const data = Buffer.from('hello').toString('base64');
  const rest = { session: 's', prompt: 'p', text: 'Look', choices: {}, author };
  return { type: 'prompt' as const, ...rest, attachments: [{ meta, data }] };
};

it('an attachment is content where the agent takes it, and a file otherwise', () => {
  const all = { image: true, embedded: true };
  const none = { image: false, embedded: false };
  expect(blocksOf(prompt('a.png', 'image/png'), all, folder)).toMatchObject([
    { type: 'text', text: 'Look' },
    { type: 'image', mimeType: 'image/png' },
  ]);
  expect(blocksOf(prompt('a.txt', 'text/plain'), all, folder)[1]).toMatchObject({
    resource: { text: 'hello' },
  });
  const link = blocksOf(prompt('a.png', 'image/png'), none, folder)[1];
  expect(link).toMatchObject({ type: 'resource_link', name: 'a.png', mimeType: 'image/png' });
  const uri = link?.type === 'resource_link' ? link.uri : '';
  expect(readFileSync(fileURLToPath(uri), 'utf8')).toBe('hello');
});

it('[SE5] a name leads nowhere else', () => {
  for (const name of ['../../x', '..', '/etc/passwd', 'a\0b', '', 'x'.repeat(5_000), '..\\..\\x']) {
    const link = blocksOf(prompt(name, 'application/pdf'), { image: true, embedded: true }, folder)[1];
    const path = fileURLToPath(link?.type === 'resource_link' ? link.uri : '');
    expect(path.startsWith(`${folder}/att_`)).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('hello');
  }
});
