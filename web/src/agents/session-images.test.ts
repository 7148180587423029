import type { StoredImage } from '@porthole/shared/agent-events';
import { createRoot } from 'solid-js';
import { afterEach, expect, it, vi } from 'vitest';
import { createImageUrls, MAX_KEPT } from './session-images.ts';

const image = (n: number): StoredImage => ({
  ...{ id: `art_${n}`, mediaType: 'image/png', size: 1, width: 1, height: 1 },
});
afterEach(() => vi.restoreAllMocks());

function urls(answer: (id: string) => Promise<Blob> = async () => new Blob(['x'])) {
  const asked: string[] = [];
  const revoked: string[] = [];
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation((url) => void revoked.push(url));
  return createRoot((dispose) => {
    const url = createImageUrls('ses_1', (_, id) => {
      asked.push(id);
      return answer(id);
    });
    return { url, asked, revoked, dispose };
  });
}

it('asks for a picture once, and gives it the kind that the log says', async () => {
  const make = vi.spyOn(URL, 'createObjectURL');
  const { url, asked } = urls(async () => new Blob(['<script>'], { type: 'text/html' }));
  expect(await url(image(1))).toMatch(/^blob:/);
  expect(await url(image(1))).toBe(await url(image(1)));
  expect(asked).toEqual(['art_1']);
  expect((make.mock.calls[0]![0] as Blob).type).toBe('image/png');
});

it('is asked for again after it did not come', async () => {
  let there = false;
  const { url } = urls(() =>
    there ? Promise.resolve(new Blob(['x'])) : Promise.reject(new Error('offline')),
  );
  expect(await url(image(1))).toBeNull();
  there = true;
  expect(await url(image(1))).toMatch(/^blob:/);
});

it('[SE7] keeps so many, and lets go of all with its owner', async () => {
  const { url, asked, revoked, dispose } = urls();
  const made: (string | null)[] = [];
  for (let n = 0; n < MAX_KEPT; n += 1) made.push(await url(image(n)));
  await url(image(0));
  await url(image(MAX_KEPT));
  await vi.waitFor(() => expect(revoked).toEqual([made[1]]));
  await url(image(1));
  expect(asked.filter((id) => id === 'art_1')).toHaveLength(2);
  dispose();
  await vi.waitFor(() => expect(new Set(revoked).size).toBe(MAX_KEPT + 2));
});
