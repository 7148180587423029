/**
 * The main thread's side of the emulators: a pool with one worker thread, and a handle for each terminal.
 *
 * Invariant: order of calls is order in the worker. When the worker dies it is started again, and every handle
 * is told by `onLost`: it then begins with what its owner writes to it.
 */
import { Worker } from 'node:worker_threads';
import { type Disposable, Emitter } from '../lib/disposable.ts';
import { entry } from '../lib/entry.ts';
import type { ThemeColours } from './palette.ts';
import type { FromScreenWorker, PackedScreen, SnapshotReply, ToScreenWorker } from './screen-messages.ts';

export type { PackedScreen, SnapshotReply } from './screen-messages.ts';

export interface ScreenOptions {
  cols: number;
  rows: number;
  /** Where the screen stands in its terminal's output. */
  seq: number;
  restore: PackedScreen | null;
}

/** A terminal's emulator, wherever it runs. Tests may put another in its place. */
export interface Screen extends Disposable {
  /** `end` is the seq after `bytes`, which the callee may keep. */
  write(bytes: Uint8Array, end: number): void;
  resize(cols: number, rows: number): void;
  setColours(colours: ThemeColours): void;
  /** The program is replaced by another: the old screen becomes scrollback, and seq begins at 0. */
  begin(): void;
  /** The screen as bytes, with everything in it that was written before. */
  snapshot(): Promise<SnapshotReply>;
  /** The same, deflated. */
  pack(): Promise<PackedScreen>;
  hibernate(): void;
  /** Everything before this seq is parsed, or sure to be soon and within bounds. */
  readonly progress: number;
  readonly onProgress: Emitter<number>;
  /** Input for the program: answers to its queries, in order, each once. */
  readonly onAnswer: Emitter<Uint8Array>;
  readonly onTitle: Emitter<string>;
  readonly onBell: Emitter<void>;
  readonly onHibernated: Emitter<PackedScreen>;
  readonly onLost: Emitter<void>;
}

export interface Screens extends Disposable {
  open(options: ScreenOptions): Screen;
}

export class ScreenLostError extends Error {
  override readonly name = 'ScreenLostError';
}

export interface ScreenPoolOptions {
  /** Something went wrong inside; never with a terminal's bytes in it. */
  onFault?: (message: string) => void;
}

export class ScreenPool implements Screens {
  readonly #options: ScreenPoolOptions;
  readonly #screens = new Map<number, WorkerScreen>();
  #worker: Worker | null = null;
  #nextId = 1;
  #disposed = false;

  constructor(options: ScreenPoolOptions = {}) {
    this.#options = options;
  }

  open(options: ScreenOptions): Screen {
    const id = this.#nextId++;
    const screen = new WorkerScreen(
      id,
      options,
      (message, transfer) => this.#post(message, transfer),
      () => this.#screens.delete(id),
    );
    this.#screens.set(id, screen);
    screen.open();
    return screen;
  }

  #post(message: ToScreenWorker, transfer: ArrayBuffer[] = []): void {
    if (this.#disposed) return;
    this.#worker ??= this.#start();
    this.#worker.postMessage(message, transfer);
  }

  #start(): Worker {
    const { file, execArgv } = entry('screen-worker');
    const worker = new Worker(file, { execArgv, name: 'screens' });
    worker.unref();
    worker.on('message', (message: FromScreenWorker) => {
      if (message.type === 'fault') this.#options.onFault?.(message.message);
      else this.#screens.get(message.id)?.receive(message);
    });
    worker.on('error', (error) => this.#options.onFault?.(error.message));
    worker.on('exit', () => this.#lost(worker));
    return worker;
  }

  #lost(worker: Worker): void {
    if (this.#worker !== worker || this.#disposed) return;
    this.#worker = null;
    for (const screen of [...this.#screens.values()]) screen.lost();
  }

  dispose(): void {
    this.#disposed = true;
    void this.#worker?.terminate();
    this.#worker = null;
    for (const screen of [...this.#screens.values()]) screen.dispose();
  }
}

class WorkerScreen implements Screen {
  readonly onProgress = new Emitter<number>();
  readonly onAnswer = new Emitter<Uint8Array>();
  readonly onTitle = new Emitter<string>();
  readonly onBell = new Emitter<void>();
  readonly onHibernated = new Emitter<PackedScreen>();
  readonly onLost = new Emitter<void>();
  readonly #id: number;
  readonly #options: ScreenOptions;
  readonly #post: (message: ToScreenWorker, transfer?: ArrayBuffer[]) => void;
  readonly #gone: () => void;
  readonly #requests = new Map<number, { done: (reply: never) => void; failed: (error: Error) => void }>();
  #nextRequest = 1;
  #colours: ThemeColours | null = null;
  #size: { cols: number; rows: number };
  #progress: number;
  #written: number;
  #disposed = false;

  constructor(
    id: number,
    options: ScreenOptions,
    post: (message: ToScreenWorker, transfer?: ArrayBuffer[]) => void,
    gone: () => void,
  ) {
    this.#id = id;
    this.#options = options;
    this.#post = post;
    this.#gone = gone;
    this.#size = { cols: options.cols, rows: options.rows };
    this.#progress = options.seq;
    this.#written = options.seq;
  }

  open(): void {
    this.#post({ type: 'open', id: this.#id, ...this.#options });
  }

  get progress(): number {
    return this.#progress;
  }

  write(bytes: Uint8Array, end: number): void {
    this.#written = end;
    // A view would take its whole block along.
    const own = new Uint8Array(bytes);
    this.#post({ type: 'write', id: this.#id, bytes: own, end }, [own.buffer]);
  }

  resize(cols: number, rows: number): void {
    this.#size = { cols, rows };
    this.#post({ type: 'resize', id: this.#id, cols, rows });
  }

  setColours(colours: ThemeColours): void {
    this.#colours = colours;
    this.#post({ type: 'colours', id: this.#id, colours });
  }

  begin(): void {
    this.#written = 0;
    this.#progress = 0;
    this.#post({ type: 'begin', id: this.#id });
  }

  snapshot(): Promise<SnapshotReply> {
    return this.#ask((request) => ({ type: 'snapshot', id: this.#id, request }));
  }

  pack(): Promise<PackedScreen> {
    return this.#ask((request) => ({ type: 'pack', id: this.#id, request }));
  }

  hibernate(): void {
    this.#post({ type: 'hibernate', id: this.#id });
  }

  #ask<T>(message: (request: number) => ToScreenWorker): Promise<T> {
    if (this.#disposed) return Promise.reject(new ScreenLostError('the screen is closed'));
    const request = this.#nextRequest++;
    return new Promise<T>((resolve, reject) => {
      this.#requests.set(request, { done: resolve, failed: reject });
      this.#post(message(request));
    });
  }

  receive(message: Exclude<FromScreenWorker, { type: 'fault' }>): void {
    switch (message.type) {
      case 'progress':
        // One from before a new beginning may still be under way.
        this.#progress = Math.min(message.seq, this.#written);
        this.onProgress.fire(this.#progress);
        return;
      case 'answer':
        this.onAnswer.fire(message.bytes);
        return;
      case 'title':
        this.onTitle.fire(message.title);
        return;
      case 'bell':
        this.onBell.fire();
        return;
      case 'hibernated':
        this.onHibernated.fire(message.packed);
        return;
      case 'snapshot':
      case 'packed': {
        const asked = this.#requests.get(message.request);
        this.#requests.delete(message.request);
        asked?.done(message.reply as never);
        return;
      }
    }
  }

  /** The worker has died: begin again, empty, at the size it has now. */
  lost(): void {
    this.#fail('the emulator had to be started again');
    const { cols, rows } = this.#size;
    this.#post({ type: 'open', id: this.#id, cols, rows, seq: 0, restore: null });
    if (this.#colours) this.setColours(this.#colours);
    this.onLost.fire();
  }

  #fail(message: string): void {
    const asked = [...this.#requests.values()];
    this.#requests.clear();
    for (const { failed } of asked) failed(new ScreenLostError(message));
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#post({ type: 'close', id: this.#id });
    this.#disposed = true;
    this.#gone();
    this.#fail('the screen is closed');
    for (const emitter of [
      this.onProgress,
      this.onAnswer,
      this.onTitle,
      this.onBell,
      this.onHibernated,
      this.onLost,
    ])
      emitter.dispose();
  }
}
