import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { HighlightAnswer, HighlightRequest } from './highlight.ts';

/** A worker that answers when it is told to. */
class FakeWorker {
  static all: FakeWorker[] = [];
  asked: HighlightRequest[] = [];
  ended = false;
  #listen: (event: { data: HighlightAnswer }) => void = () => {};
  constructor() {
    FakeWorker.all.push(this);
  }
  addEventListener(type: string, listener: never): void {
    if (type === 'message') this.#listen = listener;
  }
  postMessage(request: HighlightRequest): void {
    this.asked.push(request);
  }
  terminate(): void {
    this.ended = true;
  }
  answer(lines: HighlightAnswer['lines']): void {
    this.#listen({ data: { id: this.asked.at(-1)!.id, lines } });
  }
}

beforeEach(() => {
  FakeWorker.all = [];
  vi.resetModules();
  vi.stubGlobal('Worker', FakeWorker);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('asks one thing at a time, answers all who asked the same, and knows it the next time', async () => {
  const { findColours } = await import('./highlight.ts');
  const heard: unknown[] = [];
  findColours('go', 'a', (colours) => heard.push(['first', colours]));
  findColours('go', 'a', (colours) => heard.push(['same', colours]));
  findColours('go', 'b', (colours) => heard.push(['other', colours]));
  const cancel = findColours('go', 'c', () => heard.push('cancelled'));
  cancel();
  const [worker] = FakeWorker.all;
  expect(worker!.asked.map(({ code }) => code)).toEqual(['a']);
  worker!.answer([[1, 'keyword']]);
  worker!.answer([[1, '']]);
  worker!.answer(null);
  const colours = [[1, 'keyword']];
  expect(heard).toEqual([
    ['first', colours],
    ['same', colours],
    ['other', [[1, '']]],
  ]);
  findColours('go', 'a', (again) => expect(again).toEqual(colours));
  expect(FakeWorker.all).toHaveLength(1);
});

it('[SE7] ends a worker whose grammar hangs on a text, leaves that text plain, and goes on with another', async () => {
  const { findColours } = await import('./highlight.ts');
  const heard: unknown[] = [];
  findColours('go', 'hangs', (colours) => heard.push(colours));
  findColours('go', 'next', (colours) => heard.push(colours));
  vi.advanceTimersByTime(6_000);
  expect(FakeWorker.all.map(({ ended }) => ended)).toEqual([true, false]);
  FakeWorker.all[1]!.answer([[4, '']]);
  expect(heard).toEqual([null, [[4, '']]]);
});

it('[SE7] leaves what is too long plain, and what nobody knows', async () => {
  const { findColours } = await import('./highlight.ts');
  const heard: unknown[] = [];
  findColours('go', 'x'.repeat(60_001), (colours) => heard.push(colours));
  findColours('', 'x', (colours) => heard.push(colours));
  expect(heard).toEqual([null, null]);
  expect(FakeWorker.all).toHaveLength(0);
});
