/**
 * One shared PTY and everybody who looks at it (TR1): the program's beginning and end, what those who are
 * attached may do, and whose size it is. Who they are is audience.ts; how output reaches them, output.ts; what they type,
 * input.ts.
 *
 * Invariants: seq and epoch name every byte once (TR2); what happens to one viewer changes nothing for another.
 */
import { randomBytes } from 'node:crypto';
import { type ErrorCode, PortholeError } from '@porthole/shared/errors';
import type { TerminalAttach, TerminalEnd } from '@porthole/shared/terminal';
import type { CloseCode } from '@porthole/shared/version';
import type { Clock } from '../lib/clock.ts';
import { type Disposable, DisposableStore } from '../lib/disposable.ts';
import type { PtyChannel, PtyExit } from '../lib/pty.ts';
import { Audience } from './audience.ts';
import { Input } from './input.ts';
import { isTyping } from './input-kinds.ts';
import { type Beginning, Output, type Size } from './output.ts';
import type { ThemeColours } from './palette.ts';
import type { Screen } from './screen.ts';
import { SizeLease } from './size-lease.ts';
import type { KeptScreen, TerminalEvents, TerminalOptions } from './terminal-options.ts';
import { type Outlet, type Person, Viewer } from './viewer.ts';

const newEpoch = (): string => randomBytes(8).toString('hex');

export class Terminal implements Disposable {
  readonly #options: TerminalOptions;
  readonly #clock: Clock;
  readonly #screen: Screen;
  readonly #output: Output;
  readonly #owned = new DisposableStore();
  readonly #audience: Audience;
  readonly #input: Input;
  readonly #size: SizeLease;
  #epoch: string;
  #pty: PtyChannel | null = null;
  #ptyListeners = new DisposableStore();
  #end: TerminalEnd | null;
  #closing = false;
  #disposed = false;
  lastOutputAt = 0;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#clock = options.clock;
    const kept = options.ended?.screen ?? null;
    this.#epoch = kept?.epoch ?? newEpoch();
    this.#end = options.ended?.end ?? null;
    const size = { cols: kept?.cols ?? options.cols, rows: kept?.rows ?? options.rows };
    const seq = kept?.seq ?? 0;
    // It asks later, when there are viewers.
    this.#audience = new Audience(this.#clock, () => this.#size.owner);
    this.#screen = this.#owned.add(options.screens.open({ ...size, seq, restore: kept }));
    this.#output = this.#owned.add(
      new Output({
        clock: this.#clock,
        screen: this.#screen,
        size,
        seq,
        viewers: () => this.#audience.all(),
        isAttached: (viewer) => this.#audience.has(viewer),
        begin: (viewer, beginning) => this.#begin(viewer, beginning),
        caughtUp: (viewer) => this.#tellEnd(viewer),
      }),
    );
    this.#input = this.#owned.add(
      new Input({
        clock: this.#clock,
        detach: (viewer) => this.detach(viewer),
        interrupted: () => this.#output.interrupted(),
      }),
    );
    const viewers = () => [...this.#audience.all()];
    const announce = () => this.#audience.announce();
    this.#size = this.#owned.add(new SizeLease(this.#clock, viewers, (fit) => this.#resize(fit), announce));
    this.#listen(options.events);
  }

  #listen(events: TerminalEvents): void {
    this.#screen.onAnswer.on((bytes) => this.#pty?.write(bytes));
    this.#screen.onTitle.on((title) => events.title(title));
    this.#screen.onBell.on(() => events.bell());
    this.#screen.onHibernated.on((packed) => {
      if (packed.seq !== this.head) return;
      this.#output.compact();
      events.quiet({ ...packed, epoch: this.#epoch });
    });
  }

  get epoch(): string {
    return this.#epoch;
  }

  get end(): TerminalEnd | null {
    return this.#end;
  }

  get size(): Size {
    return this.#output.size;
  }

  /** seq of the next byte of output. */
  get head(): number {
    return this.#output.head;
  }

  get lastInputAt(): number {
    return this.#input.lastAt;
  }

  get viewerCount(): number {
    return this.#audience.size;
  }

  /** Bytes of history that are held in memory. */
  get historyBytes(): number {
    return this.#output.allocated;
  }

  // ── the program ───────────────────────────────────────────────────────────

  /** Opens the PTY. A failure ends the terminal, with the reason on its screen; it is not thrown. */
  async start(): Promise<void> {
    const epoch = this.#epoch;
    const size = this.size;
    const outdated = () => this.#disposed || this.#end !== null || epoch !== this.#epoch;
    try {
      const pty = await this.#options.openPty(size);
      if (outdated()) pty.close();
      else this.#run(pty, size);
    } catch (error) {
      if (outdated()) return;
      const message = error instanceof PortholeError ? error.message : 'The terminal could not be opened.';
      this.#ended({ kind: 'lost', exitCode: null, signal: null, message });
    }
  }

  #run(pty: PtyChannel, openedAt: Size): void {
    this.#pty = pty;
    this.#output.connect(pty);
    const { cols, rows } = this.size;
    if (cols !== openedAt.cols || rows !== openedAt.rows) pty.resize(cols, rows);
    this.#input.connect(pty);
    this.#ptyListeners.add(
      pty.onData((chunk) => {
        this.lastOutputAt = this.#clock.now();
        this.#output.push(chunk);
      }),
    );
    this.#ptyListeners.add(pty.onExit((exit) => this.#ended(exit)));
  }

  #ended(exit: PtyExit): void {
    if (this.#end || this.#disposed) return;
    if (exit.message) this.#note(exit.message);
    const reason = this.#closing ? 'closed' : exit.kind === 'lost' ? 'connection_lost' : 'exited';
    this.#finish({ reason, exitCode: exit.exitCode, signal: exit.signal });
  }

  /** A sentence of ours among the output, on a line of its own. */
  #note(message: string): void {
    const text = message.replace(/[^\x20-\x7e\u00a0-\uffff]/g, ' ');
    this.#output.push(new TextEncoder().encode(`\r\n\x1b[0;2m${text}\x1b[0m\r\n`));
  }

  #finish(end: TerminalEnd): void {
    this.#end = end;
    this.#ptyListeners.dispose();
    this.#ptyListeners = new DisposableStore();
    this.#pty = null;
    this.#input.disconnect();
    this.#output.connect(null);
    this.#output.flush();
    this.#options.events.ended(end);
  }

  /** Ends the program for a reason of ours (the workspace stops, the proxy stops). */
  stop(reason: TerminalEnd['reason']): void {
    const pty = this.#pty;
    if (!this.#end) this.#finish({ reason, exitCode: null, signal: null });
    pty?.close();
  }

  /** Asks the program to end, as a person who closes the terminal does. */
  close(): void {
    this.#closing = true;
    if (this.#pty) this.#pty.close();
    else if (!this.#end) this.#finish({ reason: 'closed', exitCode: null, signal: null });
  }

  /** A new program under a new epoch; the old screen stays above it. */
  async restart(): Promise<void> {
    if (!this.#end) throw new PortholeError('wrong_state', 'The program in this terminal is still running.');
    this.#end = null;
    this.#closing = false;
    this.#epoch = newEpoch();
    this.#output.renew();
    await this.start();
  }

  /** The screen as it is now, for the time when nothing else is left of it. */
  async keep(): Promise<KeptScreen> {
    const epoch = this.#epoch;
    return { ...(await this.#output.pack()), epoch };
  }

  // ── viewers ───────────────────────────────────────────────────────────────

  attach(request: TerminalAttach, person: Person, outlet: Outlet): Viewer {
    const now = this.#clock.now();
    this.#audience.checkRoom(request.viewer, person.userId);
    const { cols, rows, visible, device, resume } = request;
    const viewer = new Viewer({
      id: request.viewer,
      person,
      device,
      visible,
      fit: { cols, rows },
      outlet,
      now,
    });
    this.#input.forgetEarly(viewer);
    this.#audience.add(viewer);
    if (request.colours) this.setColours(request.colours);
    // Before its size may change: a resize goes to all, and to whoever waits by a snapshot.
    if (resume?.epoch === this.#epoch && this.#output.has(resume.seq))
      this.#output.startExact(viewer, resume.seq);
    this.#size.attached(viewer);
    if (viewer.state === 'waiting') this.#output.startSnapshot(viewer);
    this.#audience.announce();
    return viewer;
  }

  #begin(viewer: Viewer, { size, ...beginning }: Beginning): void {
    const inputSeq = this.#input.countOf(viewer);
    const rest = { epoch: this.#epoch, inputSeq, canWrite: viewer.canWrite, end: this.#end };
    viewer.toldEnd = this.#end !== null;
    viewer.outlet.message({ type: 'attached', ...beginning, ...size, ...rest });
  }

  #tellEnd(viewer: Viewer): void {
    if (!this.#end || viewer.toldEnd) return;
    viewer.toldEnd = true;
    viewer.outlet.message({ type: 'ended', end: this.#end });
  }

  detach(viewer: Viewer): void {
    if (!this.#audience.remove(viewer)) return;
    this.#input.forget(viewer);
    this.#size.look();
    this.#output.regulate();
    this.#audience.announce();
  }

  ack(viewer: Viewer, seq: number): void {
    if (!this.#output.ack(viewer, seq))
      viewer.refuse('bad_frame', 'This acknowledges output that was never sent.');
  }

  setVisible(viewer: Viewer, visible: boolean): void {
    if (viewer.visible === visible) return;
    viewer.visible = visible;
    if (visible) viewer.activeAt = this.#clock.now();
    this.#size.look();
    this.#output.regulate();
    this.#audience.announce();
  }

  /** What queries for colours are answered with. */
  setColours(colours: ThemeColours): void {
    this.#screen.setColours(colours);
  }

  /** Who may type has changed. `canWrite` is asked for each viewer by user id. */
  setAccess(canWrite: (userId: string) => boolean): void {
    this.#audience.setAccess(canWrite);
    this.#size.look();
    this.#audience.announce();
  }

  /** Closes the sockets of everyone for whom this holds: a member who is one no longer. */
  dismiss(who: (userId: string) => boolean, code: CloseCode, reason: ErrorCode): void {
    for (const viewer of [...this.#audience.all()]) {
      if (!who(viewer.userId)) continue;
      this.detach(viewer);
      viewer.outlet.close(code, reason);
    }
  }

  // ── input ─────────────────────────────────────────────────────────────────

  input(viewer: Viewer, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (!viewer.canWrite) viewer.refuse('view_only', 'You can watch this terminal, but not type in it.');
    else if (this.#end) viewer.refuse('wrong_state', 'The program in this terminal has ended.');
    else {
      const typing = isTyping(bytes);
      // Before the bytes: a shell that is resized in the middle of a line draws it once more.
      const moved = typing && this.#size.typed(viewer);
      this.#input.give(viewer, bytes);
      // After them: what others are shown must not hold a key up.
      const isNews = typing && this.#audience.has(viewer) && this.#audience.typing(viewer);
      if (isNews || moved) this.#audience.announce();
    }
  }

  // ── size ──────────────────────────────────────────────────────────────────

  /** What would fit this viewer has changed. */
  fit(viewer: Viewer, fit: Size): void {
    viewer.fit = fit;
    this.#size.fits(viewer);
  }

  /** "Fit to this screen". */
  takeSize(viewer: Viewer): void {
    if (!viewer.canWrite) {
      viewer.refuse('view_only', 'You can watch this terminal, but not resize it.');
      return;
    }
    viewer.activeAt = this.#clock.now();
    if (this.#size.taken(viewer)) this.#audience.announce();
  }

  /** The owner's screen has another size than the PTY, or another owner came. */
  #resize({ cols, rows }: Size): void {
    const now = this.size;
    if (this.#end || this.#disposed || (now.cols === cols && now.rows === rows)) return;
    this.#output.resize({ cols, rows });
    this.#pty?.resize(cols, rows);
    this.#options.events.resized(cols, rows);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#ptyListeners.dispose();
    this.#pty?.close();
    this.#pty = null;
    this.#audience.dispose();
    this.#owned.dispose();
  }
}
