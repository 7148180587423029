/** A picture that the work has made, where it was made. Its place has its size before it has come. */
import type { ImageEntry } from '@porthole/shared/agent-entries';
import { Picture } from './session-picture.tsx';
import { useTimeline } from './timeline-context.ts';
import { shownSize } from './timeline-rows.ts';
import { visible } from './timeline-text.ts';

/** Nobody has a way to it: a timeline without a server. */
const nowhere = () => Promise.resolve(null);

export function ImageRow(props: { entry: ImageEntry }) {
  const scope = useTimeline();
  const size = () => shownSize(props.entry.image, Number.POSITIVE_INFINITY);
  return (
    <figure class="mx-1.5 my-1 flex flex-col items-start gap-1">
      <Picture
        title={props.entry.title}
        image={props.entry.image}
        url={scope.props.imageUrl ?? nowhere}
        address={scope.props.imageAddress?.(props.entry.image) ?? ''}
        class="max-w-full"
        style={{ width: `${size().width}px`, 'aspect-ratio': `${size().width} / ${size().height}` }}
      />
      <figcaption class="flex max-w-full gap-2 text-xs text-faint">
        <span class="truncate">{visible(props.entry.title)}</span>
        <span class="shrink-0 tabular-nums">
          {props.entry.image.width} × {props.entry.image.height}
        </span>
      </figcaption>
    </figure>
  );
}
