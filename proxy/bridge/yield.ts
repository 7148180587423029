/**
 * What a session's work yields besides words: which files differ from the branch's base (after edits, 300 ms after the
 * last one, and at a turn's end), artifacts found in what tools print, and pictures. Says each thing once, and of a
 * server also when it has ended.
 */
import type { BridgeReport } from '@porthole/shared/agent-events';
import { IMAGE_BYTES } from '@porthole/shared/agent-limits';
import { ended, type Found, findArtifacts } from './artifacts.ts';
import { changedFiles } from './changes.ts';
import { listens } from './listens.ts';
import { digestOf, newPictures } from './pictures.ts';
import { oneLine } from './text.ts';

const DEBOUNCE_MS = 300;
/** A turn's end does not wait longer for git. */
const SETTLE_MS = 3_000;
const MAX_ARTIFACTS = 200;
const MAX_IMAGE_CHARS = Math.ceil(IMAGE_BYTES / 3) * 4;

interface YieldOf {
  cwd: string;
  base: string | null;
  anew: boolean;
}

export class Yield {
  readonly #cwd: string;
  readonly #base: string | null;
  readonly #emit: (event: BridgeReport) => void;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();
  /** The look after that one. */
  #nextLook: Promise<void> | null = null;
  /** The list that was said last; '': none; null: not known, for an earlier bridge said it. */
  #said: string | null;
  readonly #known = new Set<string>();
  /** Pictures that were there before are not of this session's making. */
  readonly #since = Date.now();
  /** Addresses that nobody listened at: perhaps the server is still starting. */
  readonly #silent = new Map<string, Found>();
  /** Those that were told of; `up`: as it was told last. */
  readonly #servers = new Map<string, { found: Found; port: number; up: boolean }>();
  #probing: Promise<void> = Promise.resolve();

  /** `base`: the branch that the work began from; null: not known. `anew`: nothing was said of this session yet. */
  constructor({ cwd, base, anew }: YieldOf, emit: (event: BridgeReport) => void) {
    this.#cwd = cwd;
    this.#base = base;
    this.#said = anew ? '' : null;
    this.#emit = emit;
  }

  onEdited(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#look();
    }, DEBOUNCE_MS);
  }

  onOutput(text: string): void {
    for (const found of findArtifacts(text)) {
      const { key } = found.artifact;
      const over = this.#servers.get(key)?.up === false;
      if (!over && (this.#known.has(key) || this.#known.size >= MAX_ARTIFACTS)) continue;
      if (found.port === null) this.#say(found);
      else if (this.#silent.size < MAX_ARTIFACTS) this.#silent.set(key, found);
    }
    this.#probe();
  }

  /** A picture that a tool, or the agent itself, has shown. Base 64. */
  onImage(name: string, data: string): void {
    const key = `image ${digestOf(data)}`;
    if (data.length > MAX_IMAGE_CHARS || this.#known.has(key) || this.#known.size >= MAX_ARTIFACTS) return;
    this.#known.add(key);
    this.#emit({ type: 'image', name: oneLine(name, 300), data });
  }

  /** At a turn's end: what there is to say is said. */
  async settle(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#probe();
    this.#lookAfterServers();
    const late = new Promise<void>((resolve) => setTimeout(resolve, SETTLE_MS).unref());
    await Promise.race([Promise.all([this.#look(), this.#probing]), late]);
    this.#silent.clear();
  }

  dispose(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  /** One after the other, and one that waits at the most: it sees the last edit. */
  #look(): Promise<void> {
    this.#nextLook ??= this.#looking.then(() => {
      this.#nextLook = null;
      this.#looking = this.#lookNow().catch((error) => console.error('changes were not told', error));
      return this.#looking;
    });
    return this.#nextLook;
  }

  async #lookNow(): Promise<void> {
    const changes = await changedFiles(this.#cwd, this.#base);
    if (changes === null) return;
    for (const { path, data } of await newPictures(this.#cwd, changes.files, this.#since))
      this.onImage(path, data);
    const said = JSON.stringify(changes);
    if (said === this.#said) return;
    // Nothing has changed since the beginning: nothing to say.
    const nothing = this.#said === '' && changes.files.length === 0;
    this.#said = said;
    if (!nothing) this.#emit({ type: 'files', ...changes });
  }

  #say({ artifact }: Found): void {
    this.#known.add(artifact.key);
    this.#emit({ type: 'artifact', artifact });
  }

  #probe(): void {
    const asked = [...this.#silent.values()];
    if (asked.length === 0) return;
    this.#probing = this.#probing.then(async () => {
      for (const found of asked) {
        const { key } = found.artifact;
        const port = found.port ?? 0;
        if (this.#servers.get(key)?.up || !(await listens(port))) continue;
        this.#silent.delete(key);
        this.#servers.set(key, { found, port, up: true });
        this.#say(found);
      }
    });
  }

  /** Whether they are still there, or are again. */
  #lookAfterServers(): void {
    this.#probing = this.#probing.then(async () => {
      const look = async (server: { found: Found; port: number; up: boolean }) => {
        const up = await listens(server.port);
        if (up === server.up) return;
        server.up = up;
        this.#say(up ? server.found : ended(server.found));
      };
      await Promise.all([...this.#servers.values()].map(look));
    });
  }
}
