/** One row: an article of the feed, with what it is about in it, and a link to it at its side. */
import { type Accessor, createMemo, createSignal, Match, onCleanup, onMount, Show, Switch } from 'solid-js';
import { IconButton } from '../ui/button.tsx';
import { cx } from '../ui/class.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { Link } from '../ui/icons.ts';
import { ImageRow } from './entry-image.tsx';
import { EndRow, NoticeRow } from './entry-notice.tsx';
import { PermissionRow } from './entry-permission.tsx';
import { PromptRow } from './entry-prompt.tsx';
import { TextRow } from './entry-text.tsx';
import { WorkRow } from './group-row.tsx';
import { useTimeline } from './timeline-context.ts';
import type { Row, RowOf } from './timeline-rows.ts';
import { UnreadRow } from './unread-row.tsx';

const LABELS: Record<Row['kind'], string> = {
  prompt: 'Prompt',
  text: 'Agent',
  work: 'Tools',
  permission: 'Permission',
  notice: 'Notice',
  image: 'Picture',
  end: 'End of the turn',
  unread: 'New from here on',
};

export function TimelineRow(props: {
  rowKey: string;
  row: Accessor<Row | undefined>;
  index: Accessor<number>;
  /** Of all rows; -1: not known, there are older ones. */
  count: Accessor<number>;
  active: Accessor<boolean>;
  marked: Accessor<boolean>;
  measure: (element: HTMLElement) => void;
  /** It leaves the document. */
  forget: (element: HTMLElement) => void;
}) {
  let element!: HTMLElement;
  onMount(() => props.measure(element));
  onCleanup(() => props.forget(element));
  const kind = createMemo(() => props.row()?.kind);
  const is = <K extends Row['kind']>(wanted: K) => {
    const row = props.row();
    return row?.kind === wanted ? (row as RowOf<K>) : null;
  };
  // Made when somebody comes near: most rows only pass by.
  const [near, setNear] = createSignal(false);
  return (
    <article
      ref={element}
      onPointerEnter={() => setNear(true)}
      onFocusIn={() => setNear(true)}
      data-row={props.rowKey}
      data-index={props.index()}
      data-kind={kind()}
      aria-label={LABELS[kind() ?? 'text']}
      aria-posinset={props.index() + 1}
      aria-setsize={props.count()}
      tabindex="-1"
      class={cx('tl-row group/row', props.marked() && 'tl-marked')}
    >
      <div class="relative mx-auto w-full max-w-[52rem]">
        <Switch>
          <Match when={is('prompt')}>{(row) => <PromptRow entry={row().entry} />}</Match>
          <Match when={is('text')}>{(row) => <TextRow entry={row().entry} live={row().live} />}</Match>
          <Match when={is('work')}>{(row) => <WorkRow id={row().key} parts={row().parts} />}</Match>
          <Match when={is('permission')}>
            {(row) => <PermissionRow entry={row().entry} tool={row().tool} />}
          </Match>
          <Match when={is('image')}>{(row) => <ImageRow entry={row().entry} />}</Match>
          <Match when={is('notice')}>{(row) => <NoticeRow entry={row().entry} />}</Match>
          <Match when={is('end')}>{(row) => <EndRow entry={row().entry} />}</Match>
          <Match when={is('unread')}>
            <UnreadRow />
          </Match>
        </Switch>
        <Show when={near() && kind() !== 'unread' && !is('text')?.live}>
          <RowTools row={props.row()} />
        </Show>
      </div>
    </article>
  );
}

/** At the side on wide screens; on a phone under the row that was touched. */
function RowTools(props: { row: Row | undefined }) {
  const scope = useTimeline();
  const text = () => {
    const { row } = props;
    // It may be gone already, in the moment before its key is.
    if (row?.kind === 'text' || row?.kind === 'prompt') return row.entry.text;
    return null;
  };
  return (
    <div class="tl-tools">
      <Show when={text()}>{(copied) => <CopyButton text={copied()} label="Copy text" />}</Show>
      <IconButton
        label="Copy a link to this"
        onClick={() => props.row && scope.props.onCopyLink(props.row.seq)}
      >
        <Link size={14} />
      </IconButton>
    </div>
  );
}
