/**
 * All that differs from the base branch: the list of files with what was added and removed, each unfolding to its lines.
 * The text of a file is asked for when it is unfolded (`getDiff` with its path), and again once the file has changed.
 */
import type { FileChange } from '@porthole/shared/agent-events';
import {
  createEffect,
  createMemo,
  createSignal,
  For,
  Match,
  on,
  onCleanup,
  onMount,
  Show,
  Switch,
} from 'solid-js';
import { Button } from '../ui/button.tsx';
import { ChevronRight } from '../ui/icons.ts';
import { Spinner } from '../ui/spinner.tsx';
import { DiffBody, Path } from './diff-file.tsx';
import { type FileDiff, parseUnified } from './diff-model.ts';
import { Changed } from './timeline-parts.tsx';
import { counted } from './timeline-text.ts';

export interface DiffViewProps {
  files: readonly FileChange[];
  /** Files that are not listed. */
  more: number;
  /** The one that was asked for: it is unfolded at first. */
  first?: string;
  /** The unified text of one file, as `getDiff` has it. Rejects with an Error fit for a screen. */
  load: (path: string) => Promise<{ diff: string | null; cut: boolean }>;
  onOpenFile?: (path: string) => void;
}

/** Two columns of code need so much. px */
const SPLIT_FROM_PX = 900;

export function DiffView(props: DiffViewProps) {
  let root!: HTMLDivElement;
  const [wide, setWide] = createSignal(false);
  onMount(() => {
    const observer = new ResizeObserver(
      ([entry]) => entry && setWide(entry.contentRect.width >= SPLIT_FROM_PX),
    );
    observer.observe(root);
    onCleanup(() => observer.disconnect());
  });
  const sum = (what: 'additions' | 'deletions') =>
    props.files.reduce((total, file) => total + (file[what] ?? 0), 0);
  const byPath = createMemo(() => new Map(props.files.map((file) => [file.path, file])));
  return (
    <div ref={root} class="flex min-w-0 flex-col gap-2">
      <p class="flex items-center gap-2 text-sm text-soft">
        <Show when={props.files.length > 0} fallback="Nothing differs from the base branch.">
          {counted(props.files.length + props.more, 'file')} changed
          <Changed additions={sum('additions')} deletions={sum('deletions')} />
        </Show>
      </p>
      <For each={props.files.map(({ path }) => path)}>
        {(path) => (
          <Show when={byPath().get(path)}>
            {(file) => (
              <FileSection
                file={file()}
                unfolded={path === props.first}
                wide={wide()}
                load={props.load}
                onOpenFile={props.onOpenFile}
              />
            )}
          </Show>
        )}
      </For>
      <Show when={props.more > 0}>
        <p class="text-sm text-faint">And {counted(props.more, 'more file')}, too many to list.</p>
      </Show>
    </div>
  );
}

type Loaded = { diff: FileDiff | null; cut: boolean } | { fault: string };

function FileSection(
  props: { file: FileChange; unfolded: boolean; wide: boolean } & Pick<DiffViewProps, 'load' | 'onOpenFile'>,
) {
  const [open, setOpen] = createSignal(props.unfolded);
  const [loaded, setLoaded] = createSignal<Loaded>();
  let wanted = 0;
  async function load(): Promise<void> {
    wanted += 1;
    const own = wanted;
    const answer = await props.load(props.file.path).then(
      ({ diff, cut }): Loaded => ({ diff: parseUnified(diff ?? '')[0] ?? null, cut }),
      (reason: unknown): Loaded => ({
        fault: reason instanceof Error ? reason.message : 'It could not be read',
      }),
    );
    if (own === wanted) setLoaded(answer);
  }
  const signature = () => `${props.file.status} ${props.file.additions} ${props.file.deletions}`;
  createEffect(on([open, signature], ([now]) => now && void load()));
  onCleanup(() => {
    wanted += 1;
  });
  const fault = () => {
    const now = loaded();
    return now && 'fault' in now ? now.fault : null;
  };
  const shown = () => {
    const now = loaded();
    return now && 'diff' in now ? now : null;
  };
  return (
    <section class="df code-box" aria-label={props.file.path}>
      <div class="df-head">
        <button
          type="button"
          aria-expanded={open()}
          aria-label={`Lines of ${props.file.path}`}
          onClick={() => setOpen(!open())}
          class="-my-1 -ml-2 flex size-7 shrink-0 items-center justify-center rounded-md text-faint hover:text-ink touch:size-11"
        >
          <ChevronRight
            size={14}
            aria-hidden="true"
            class="transition-transform duration-100"
            classList={{ 'rotate-90': open() }}
          />
        </button>
        <Path path={props.file.path} onOpen={props.onOpenFile ?? (() => setOpen(!open()))} />
        <Show when={props.file.status !== 'modified'}>
          <span class="shrink-0 text-xs text-faint">{props.file.status}</span>
        </Show>
        <span class="flex-1" />
        <Changed additions={props.file.additions} deletions={props.file.deletions} />
      </div>
      <Show when={open()}>
        <Switch fallback={<Spinner label="Reading what has changed" class="m-3" />}>
          <Match when={fault()}>
            <p role="alert" class="df-note flex items-center gap-2">
              <span class="text-bad">{fault()}</span>
              <Button size="sm" onClick={() => void load()}>
                Try again
              </Button>
            </p>
          </Match>
          <Match when={shown()}>
            {(now) => (
              <Show when={now().diff} fallback={<p class="df-note">No line differs</p>}>
                {(diff) => <DiffBody file={diff()} cut={now().cut} wide={props.wide} />}
              </Show>
            )}
          </Match>
        </Switch>
      </Show>
    </section>
  );
}
