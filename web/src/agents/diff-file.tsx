/** What has changed in one file: its path, how much, and the lines. */
import { createSignal, For, Show } from 'solid-js';
import { HunkLines } from './diff-lines.tsx';
import type { FileDiff, Hunk } from './diff-model.ts';
import { languageOfPath } from './highlight-names.ts';
import { Changed } from './timeline-parts.tsx';
import { counted, oneLine } from './timeline-text.ts';
import '../ui/code.css';
import './diff.css';

/** Lines at first; what is longer is shown when it is asked for. */
const FIRST_LINES = 200;
const MORE_LINES = 2_000;

export interface DiffFileProps {
  id: string;
  file: FileDiff;
  /** Something was left out before it came here. */
  cut: boolean;
  /** Old beside new. */
  wide: boolean;
  onOpenFile?: ((path: string) => void) | undefined;
}

export function DiffFile(props: DiffFileProps) {
  return (
    <div class="df code-box">
      <div class="df-head">
        <Path path={props.file.path} from={props.file.from} onOpen={props.onOpenFile} />
        <Show when={props.file.status === 'added' || props.file.status === 'deleted'}>
          <span class="shrink-0 text-xs text-faint">{props.file.status === 'added' ? 'new' : 'deleted'}</span>
        </Show>
        <span class="flex-1" />
        <Changed additions={props.file.additions} deletions={props.file.deletions} />
      </div>
      <DiffBody {...props} />
    </div>
  );
}

export function DiffBody(props: Pick<DiffFileProps, 'file' | 'cut' | 'wide'>) {
  const [limit, setLimit] = createSignal(FIRST_LINES);
  const hunks = () => firstLines(props.file.hunks, limit());
  const left = () => count(props.file.hunks) - count(hunks());
  // A new file has no other side.
  const split = () => props.wide && props.file.deletions > 0 && props.file.additions > 0;
  return (
    <>
      <Show when={props.file.binary}>
        <p class="df-note">A binary file</p>
      </Show>
      <Show when={!props.file.binary && props.file.hunks.length === 0}>
        <p class="df-note">
          {props.file.status === 'renamed' ? 'Moved, its text is the same' : 'No line differs'}
        </p>
      </Show>
      <div class="df-body code-text code-scroll" classList={{ 'df-split': split() }} tabindex="0">
        <div class="df-lines">
          <For each={hunks()}>
            {(hunk, at) => (
              <div class="df-hunk">
                <Show when={at() > 0 || hunk.heading}>
                  <div class="df-gap">
                    <span aria-hidden="true">⋯</span> {oneLine(hunk.heading, 120)}
                  </div>
                </Show>
                <HunkLines hunk={hunk} language={languageOfPath(props.file.path)} split={split()} />
              </div>
            )}
          </For>
        </div>
      </div>
      <Show when={left() > 0}>
        <button type="button" class="df-more" onClick={() => setLimit((now) => now + MORE_LINES)}>
          Show {counted(Math.min(left(), MORE_LINES), 'more line')}
          {left() > MORE_LINES ? ` of ${left().toLocaleString('en')}` : ''}
        </button>
      </Show>
      <Show when={props.cut && left() === 0}>
        <p class="df-note">The rest was too long to keep</p>
      </Show>
    </>
  );
}

export function Path(props: {
  path: string;
  from?: string | null;
  onOpen?: ((path: string) => void) | undefined;
}) {
  const folder = () => oneLine(props.path.slice(0, props.path.lastIndexOf('/') + 1), 300);
  const name = () => oneLine(props.path.slice(props.path.lastIndexOf('/') + 1), 200);
  const text = () => (
    <>
      <Show when={props.from}>
        <span class="text-faint">{oneLine(props.from!, 200)} → </span>
      </Show>
      <span class="text-faint">{folder()}</span>
      {name()}
    </>
  );
  return (
    <Show when={props.onOpen} fallback={<span class="min-w-0 truncate font-mono text-xs">{text()}</span>}>
      <button
        type="button"
        class="min-w-0 truncate text-left font-mono text-xs hover:underline"
        onClick={() => props.onOpen!(props.path)}
      >
        {text()}
      </button>
    </Show>
  );
}

const count = (hunks: readonly Hunk[]): number => hunks.reduce((sum, { lines }) => sum + lines.length, 0);

function firstLines(hunks: readonly Hunk[], limit: number): readonly Hunk[] {
  const shown: Hunk[] = [];
  let left = limit;
  for (const hunk of hunks) {
    if (left <= 0) break;
    shown.push(hunk.lines.length <= left ? hunk : { ...hunk, lines: hunk.lines.slice(0, left) });
    left -= hunk.lines.length;
  }
  return shown;
}
