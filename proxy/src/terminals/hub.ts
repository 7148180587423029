/**
 * Terminals by id: makes them, finds them again after the proxy was restarted, ends and forgets them.
 *
 * Invariants: a terminal is in memory once; the screen of one whose program is gone is loaded when somebody looks
 * and dropped when nobody does; what a stop can save it has saved when `stop` resolves.
 */
import { CloseCode, PortholeError, type TerminalEnd, type TerminalRow } from '@porthole/shared';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import { newId } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import type { OpenPtyOptions, PtyChannel } from '../lib/pty.ts';
import { RowWriter } from './row-writer.ts';
import type { Screens } from './screen.ts';
import type { KeptScreens, TerminalStore } from './store.ts';
import { Terminal } from './terminal.ts';
import type { KeptScreen } from './terminal-options.ts';

export type OpenPty = (
  workspaceId: string,
  options: Pick<OpenPtyOptions, 'cols' | 'rows' | 'env'>,
) => Promise<PtyChannel>;

export interface HubDeps {
  screens: Screens;
  store: Pick<TerminalStore, 'get' | 'list' | 'running' | 'insert' | 'update' | 'remove'> & KeptScreens;
  clock: Clock;
  log: Logger;
  openPty: OpenPty;
  /** A terminal is out of memory, and nobody looks at it. */
  onDropped?: (id: string) => void;
}

interface Entry {
  id: string;
  workspaceId: string;
  terminal: Terminal;
  row: RowWriter;
  /** Saving the screen, one after the other. */
  saving: Promise<void>;
}

const DEFAULT_SIZE = { cols: 80, rows: 24 };
/** An ended terminal that nobody looks at is dropped from memory at the next look. */
const SWEEP_MS = 60_000;

export class TerminalHub implements Disposable {
  readonly #deps: HubDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #loading = new Map<string, Promise<Entry>>();
  readonly #sweep: Disposable;
  #stopping = false;

  constructor(deps: HubDeps) {
    this.#deps = deps;
    this.#sweep = deps.clock.every(SWEEP_MS, () => this.#dropUnseen());
  }

  /** Terminals that a proxy which was killed left as running have ended with it. Call once, before all else. */
  async recover(): Promise<void> {
    const end: TerminalEnd = { reason: 'proxy_crashed', exitCode: null, signal: null };
    for (const row of await this.#deps.store.running())
      await this.#deps.store.update(row.id, { status: 'ended', end });
  }

  /** Whose program runs. */
  get live(): number {
    let count = 0;
    for (const { terminal } of this.#entries.values()) if (!terminal.end) count += 1;
    return count;
  }

  // ── for people ────────────────────────────────────────────────────────────

  async create(options: {
    organisationId: string;
    workspaceId: string;
    name?: string | null;
    cols?: number;
    rows?: number;
    createdBy: string;
  }): Promise<TerminalRow> {
    this.#refuseWhenStopping();
    const { clock, store } = this.#deps;
    const row = await store.insert({
      id: newId('terminal'),
      organisationId: options.organisationId,
      workspaceId: options.workspaceId,
      name: options.name ?? null,
      cols: options.cols ?? DEFAULT_SIZE.cols,
      rows: options.rows ?? DEFAULT_SIZE.rows,
      createdBy: options.createdBy,
      createdAt: clock.now(),
    });
    const entry = this.#open(row, null);
    void entry.terminal.start();
    this.#logStart(row, options.createdBy);
    return row;
  }

  #logStart({ id, workspaceId }: TerminalRow, user: string): void {
    this.#deps.log.info({ terminal: id, workspace: workspaceId, user }, 'a terminal was started');
  }

  /** The terminal of this row, loaded if need be. */
  async open(row: TerminalRow): Promise<Terminal> {
    return (await this.#entry(row)).terminal;
  }

  /** A new program in a terminal whose program has ended; a closed one comes back. */
  async restart(row: TerminalRow, by: string): Promise<void> {
    this.#refuseWhenStopping();
    const entry = await this.#entry(row);
    if (!entry.terminal.end)
      throw new PortholeError('wrong_state', 'The program in this terminal is still running.');
    await entry.row.running();
    void entry.terminal.restart();
    this.#logStart(row, by);
  }

  async close(row: TerminalRow): Promise<void> {
    const entry = this.#entries.get(row.id);
    const end: TerminalEnd = row.end ?? { reason: 'closed', exitCode: null, signal: null };
    if (!entry) {
      await this.#deps.store.update(row.id, { status: 'closed', end });
      return;
    }
    if (entry.terminal.end) await entry.row.ended(entry.terminal.end, 'closed');
    else entry.terminal.close();
    await entry.row.flush();
  }

  async remove(row: TerminalRow): Promise<void> {
    this.#forget(row.id);
    await this.#deps.store.remove(row.organisationId, row.id);
  }

  /** Those in memory, for a change of access or membership. */
  ofWorkspace(workspaceId: string): Terminal[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.workspaceId === workspaceId)
      .map((entry) => entry.terminal);
  }

  loaded(id: string): Terminal | null {
    return this.#entries.get(id)?.terminal ?? null;
  }

  all(): Terminal[] {
    return [...this.#entries.values()].map((entry) => entry.terminal);
  }

  /** The last input or output, ms since 1970; null: none since the proxy started. */
  lastActivityAt(workspaceId: string): number | null {
    const times = this.ofWorkspace(workspaceId).map((terminal) =>
      Math.max(terminal.lastInputAt, terminal.lastOutputAt),
    );
    const last = Math.max(0, ...times);
    return last === 0 ? null : last;
  }

  // ── endings ───────────────────────────────────────────────────────────────

  /** The workspace goes: its terminals end and keep their screens. */
  async stopWorkspace(
    workspaceId: string,
    reason: TerminalEnd['reason'] = 'workspace_stopped',
  ): Promise<void> {
    const entries = [...this.#entries.values()].filter((entry) => entry.workspaceId === workspaceId);
    await Promise.all(entries.map((entry) => this.#stop(entry, reason)));
  }

  /** The workspace is gone for good, its rows with it. */
  forgetWorkspace(workspaceId: string): void {
    for (const entry of [...this.#entries.values()])
      if (entry.workspaceId === workspaceId) this.#forget(entry.id);
  }

  /** Whoever looks at it learns that there is none, and does not come again. */
  #forget(id: string): void {
    this.#entries.get(id)?.terminal.dismiss(() => true, CloseCode.notFound, 'not_found');
    this.#drop(id);
  }

  /** The proxy stops: every screen is saved before its program goes. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#entries.values()].map((entry) => this.#stop(entry, 'proxy_stopped')));
  }

  async #stop(entry: Entry, reason: TerminalEnd['reason']): Promise<void> {
    if (!entry.terminal.end) {
      // What the program says on its way out is not waited for: it has the rest of its life for that.
      entry.terminal.stop(reason);
      await this.#save(entry, entry.terminal.keep());
    }
    await entry.row.flush();
    await entry.saving;
  }

  /** In line from the first moment: who waits for `saving` waits for the screen to be made, too. */
  #save(entry: Entry, screen: KeptScreen | Promise<KeptScreen>): Promise<void> {
    entry.saving = Promise.all([screen, entry.saving])
      .then(([made]) => this.#deps.store.save(entry.id, made))
      .catch((error: unknown) => {
        this.#deps.log.error({ terminal: entry.id, error }, 'a last screen was not saved');
      });
    return entry.saving;
  }

  // ── memory ────────────────────────────────────────────────────────────────

  #entry(row: TerminalRow): Promise<Entry> {
    const entry = this.#entries.get(row.id);
    if (entry) return Promise.resolve(entry);
    const loading = this.#loading.get(row.id);
    if (loading) return loading;
    const load = this.#load(row).finally(() => this.#loading.delete(row.id));
    this.#loading.set(row.id, load);
    return load;
  }

  async #load(row: TerminalRow): Promise<Entry> {
    const screen = await this.#deps.store.load(row.id);
    const end = row.end ?? { reason: 'proxy_crashed' as const, exitCode: null, signal: null };
    return this.#open(row, { screen, end });
  }

  #open(row: TerminalRow, ended: { screen: KeptScreen | null; end: TerminalEnd } | null): Entry {
    const { screens, store, clock, log, openPty } = this.#deps;
    const writer = new RowWriter(row.id, store, clock, log);
    const entry: Entry = {
      id: row.id,
      workspaceId: row.workspaceId,
      row: writer,
      saving: Promise.resolve(),
      terminal: new Terminal({
        cols: row.cols,
        rows: row.rows,
        screens,
        clock,
        openPty: (size) => openPty(row.workspaceId, { ...size, env: {} }),
        ended,
        events: {
          ended: (end) => {
            const { reason, exitCode } = end;
            log.info({ terminal: row.id, workspace: row.workspaceId, reason, exitCode }, 'a terminal ended');
            void writer.ended(end, end.reason === 'closed' ? 'closed' : 'ended');
            if (end.reason !== 'proxy_stopped') void this.#save(entry, entry.terminal.keep());
          },
          title: (title) => writer.title(title),
          bell: () => writer.bell(),
          resized: (cols, rows) => writer.resized(cols, rows),
          quiet: (screen) => void this.#save(entry, screen),
        },
      }),
    };
    this.#entries.set(row.id, entry);
    return entry;
  }

  #dropUnseen(): void {
    for (const entry of [...this.#entries.values()]) {
      if (!entry.terminal.end || entry.terminal.viewerCount > 0) continue;
      void entry.saving.then(() => {
        if (entry.terminal.end && entry.terminal.viewerCount === 0) this.#drop(entry.id);
      });
    }
  }

  #drop(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    entry.row.dispose();
    entry.terminal.dispose();
    this.#deps.onDropped?.(id);
  }

  #refuseWhenStopping(): void {
    if (this.#stopping)
      throw new PortholeError('going_away', 'The server is stopping. Try again in a moment.');
  }

  dispose(): void {
    this.#sweep.dispose();
    for (const id of [...this.#entries.keys()]) this.#drop(id);
  }
}
