/** What a person asked: who, when, in their words, with what they attached; and what has become of it. */
import type { PromptEntry } from '@porthole/shared/agent-entries';
import type { Attachment } from '@porthole/shared/agent-events';
import { createResource, For, Match, Show, Switch } from 'solid-js';
import { Avatar } from '../ui/avatar.tsx';
import { Check, CircleAlert, Square } from '../ui/icons.ts';
import { Spinner } from '../ui/spinner.tsx';
import { useTimeline } from './timeline-context.ts';
import { Clamp, Elapsed } from './timeline-parts.tsx';
import { bytes, clockTime, duration, fullTime, visible } from './timeline-text.ts';
import { Wrapped } from './timeline-wrap.tsx';

export function PromptRow(props: { entry: PromptEntry }) {
  const scope = useTimeline();
  const name = () => scope.nameOf(props.entry.by);
  return (
    <div class="flex gap-3 rounded-xl border border-line bg-bg px-3.5 py-3 [--clamp-bg:var(--bg)] narrow:gap-2.5 narrow:px-3">
      <Avatar id={props.entry.by ?? ''} name={name()} class="mt-px" />
      <div class="min-w-0 flex-1">
        <header class="flex min-w-0 items-baseline gap-2">
          <span class="truncate font-medium" dir="auto">
            {name()}
          </span>
          <time
            class="shrink-0 text-xs text-faint"
            datetime={new Date(props.entry.at).toISOString()}
            title={fullTime(props.entry.at)}
          >
            {clockTime(props.entry.at, scope.now())}
          </time>
          <Show when={props.entry.retryOf}>
            <span class="shrink-0 text-xs text-faint">again</span>
          </Show>
          <span class="flex-1" />
          <TurnState entry={props.entry} />
        </header>
        <div class="mt-0.5">
          <Clamp height={264} id={props.entry.key}>
            <p class="tl-text" dir="auto">
              <Wrapped text={props.entry.text === null ? 'Written earlier' : visible(props.entry.text)} />
            </p>
          </Clamp>
        </div>
        <Show when={props.entry.attachments.length > 0}>
          <ul class="mt-2 flex flex-wrap gap-2" aria-label="Attachments">
            <For each={props.entry.attachments}>
              {(attachment) => (
                <li>
                  <AttachmentCard attachment={attachment} />
                </li>
              )}
            </For>
          </ul>
        </Show>
      </div>
    </div>
  );
}

/** Said in words for those who cannot see the sign. */
function TurnState(props: { entry: PromptEntry }) {
  const scope = useTimeline();
  const took = () => duration((props.entry.endedAt ?? props.entry.at) - props.entry.at);
  const stopping = () =>
    scope.props.head.turn?.prompt === props.entry.prompt ? scope.props.head.turn.stopAskedBy : null;
  return (
    <span class="flex shrink-0 items-center gap-1.5 self-center text-xs text-faint tabular-nums">
      <Switch>
        <Match when={props.entry.state === 'running'}>
          <Show when={stopping()} fallback={<span class="sr-only">Running</span>}>
            {(by) => <span class="text-busy">{scope.nameOf(by())} stops it</span>}
          </Show>
          <Spinner class="text-accent" />
          <Elapsed since={props.entry.at} class="text-soft" />
        </Match>
        <Match when={props.entry.state === 'done'}>
          <Check size={13} class="text-ok" aria-hidden="true" />
          <span class="sr-only">Done in</span>
          {took()}
        </Match>
        <Match when={props.entry.state === 'stopped'}>
          <Square size={11} aria-hidden="true" />
          {/* One that never began took no time. */}
          Stopped{props.entry.endedAt === props.entry.at ? '' : `, ${took()}`}
        </Match>
        <Match when={props.entry.state !== 'done'}>
          <CircleAlert size={13} class="text-bad" aria-hidden="true" />
          <span class="text-bad">{ENDED[props.entry.state as keyof typeof ENDED]}</span>
        </Match>
      </Switch>
    </span>
  );
}

const ENDED = { failed: 'Failed', refused: 'Refused', limit: 'Limit reached' };

const SHOWN_IMAGES = /^image\/(?:png|jpeg|gif|webp|avif)$/;

function AttachmentCard(props: { attachment: Attachment }) {
  const scope = useTimeline();
  const isImage = () => SHOWN_IMAGES.test(props.attachment.mediaType);
  const [url] = createResource(
    () => isImage() && props.attachment,
    (attachment) =>
      scope.props.attachmentUrl(attachment).then(
        (found) => (found && /^(?:blob:|data:image\/)/.test(found) ? found : null),
        () => null,
      ),
  );
  // `latest` does not suspend: a picture that takes its time holds nothing else up.
  return (
    <Show
      when={isImage() && url.state === 'ready' && url.latest}
      fallback={
        <span class="inline-flex max-w-64 items-center gap-2 rounded-lg border border-line bg-bg px-2.5 py-1.5 text-xs">
          <span class="truncate">{visible(props.attachment.name)}</span>
          <span class="shrink-0 text-faint">{bytes(props.attachment.size)}</span>
        </span>
      }
    >
      {(source) => (
        <a href={source()} target="_blank" rel="noopener noreferrer" class="block">
          <img
            src={source()}
            alt={visible(props.attachment.name)}
            decoding="async"
            class="h-20 max-w-40 rounded-lg border border-line object-cover"
          />
        </a>
      )}
    </Show>
  );
}
