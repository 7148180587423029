/** What a tool was called with, and what came of it: text, changed lines, a terminal's output, a picture. */
import type { ToolEntry } from '@porthole/shared/agent-entries';
import type { ToolContent } from '@porthole/shared/agent-events';
import { createEffect, createMemo, For, Match, Show, Switch } from 'solid-js';
import { CopyButton } from '../ui/copy-button.tsx';
import { DiffFile } from './diff-file.tsx';
import { colourCode } from './highlight-element.ts';
import { languageOfPath } from './highlight-names.ts';
import { Markdown } from './markdown.tsx';
import { useTimeline } from './timeline-context.ts';
import { Clamp } from './timeline-parts.tsx';
import { counted, oneLine, visible } from './timeline-text.ts';
import { Wrapped, wrapped } from './timeline-wrap.tsx';
import { diffOfContent, inputOf } from './tool-summary.ts';
import { TerminalOutput } from './tool-terminal.tsx';
import '../ui/code.css';
import './tool-detail.css';

/** Parts put on screen. */
const MAX_PARTS = 30;

export function ToolDetail(props: { tool: ToolEntry }) {
  const parts = () => props.tool.content.slice(0, MAX_PARTS);
  /** What was read of one file is code in that file's language. */
  const language = () =>
    props.tool.kind === 'read' && props.tool.files.length === 1 ? languageOfPath(props.tool.files[0]!) : '';
  const input = createMemo(() => inputShown(props.tool));
  return (
    <div class="mt-1 mb-1.5 flex min-w-0 flex-col gap-2">
      <Show when={input()}>{(text) => <Input id={props.tool.key} text={text()} />}</Show>
      <For each={parts()}>
        {(content, at) => (
          <Content id={`${props.tool.key} ${at()}`} content={content} language={language()} />
        )}
      </For>
      <Show when={props.tool.content.length > MAX_PARTS}>
        <p class="text-xs text-faint">And {props.tool.content.length - MAX_PARTS} more parts</p>
      </Show>
      <Show when={props.tool.content.length === 0 && input() === null}>
        <p class="text-xs text-faint">{oneLine(props.tool.title)} · nothing further is known of it.</p>
      </Show>
    </div>
  );
}

/** Of an edit, the changed lines say it; of what has one text (a command), that; else its JSON, set out. */
function inputShown(tool: ToolEntry): string | null {
  if (tool.input === null) return null;
  if (tool.content.some(({ kind }) => kind === 'diff')) return null;
  const input = inputOf(tool.input);
  const values = Object.values(input);
  if (typeof input.command === 'string' && tool.kind === 'execute') return input.command;
  if (values.length === 0) return tool.input === '{}' ? null : tool.input;
  if (values.length === 1 && typeof values[0] === 'string') return values[0];
  return JSON.stringify(input, null, 2);
}

function Input(props: { id: string; text: string }) {
  return (
    <div class="tl-box code-box group/input">
      <Clamp height={160} id={`input ${props.id}`}>
        <pre class="tl-pre code-text">
          <Wrapped text={visible(props.text)} />
        </pre>
      </Clamp>
      <CopyButton
        text={props.text}
        label="Copy input"
        class="absolute top-1 right-1 bg-sunken opacity-0 group-hover/input:opacity-100 focus-visible:opacity-100 touch:opacity-100"
      />
    </div>
  );
}

const SHOWN_IMAGES = /^image\/(?:png|jpeg|gif|webp|avif)$/;

function Content(props: { id: string; content: ToolContent; language: string }) {
  const scope = useTimeline();
  const is = <K extends ToolContent['kind']>(kind: K) => {
    const { content } = props;
    return content.kind === kind ? (content as Extract<ToolContent, { kind: K }>) : null;
  };
  return (
    <Switch>
      <Match when={is('terminal')}>
        {(terminal) => <TerminalOutput id={props.id} output={terminal().output} cut={terminal().cut ?? 0} />}
      </Match>
      <Match when={is('diff')}>
        {(diff) => (
          <DiffFile
            id={props.id}
            file={diffOfContent(diff())}
            cut={(diff().cut ?? 0) > 0}
            wide={scope.wide()}
            onOpenFile={scope.props.onOpenFile}
          />
        )}
      </Match>
      <Match when={is('text')}>
        {(text) => (
          <div class="tl-box code-box">
            <Clamp height={320} id={props.id}>
              <TextResult text={text().text} language={props.language} />
            </Clamp>
            <Show when={text().cut}>
              {(cut) => (
                <p class="text-xs text-faint">{counted(cut(), 'character')} left out of the middle</p>
              )}
            </Show>
          </div>
        )}
      </Match>
      <Match when={is('image')}>
        {(image) => (
          <Show
            when={SHOWN_IMAGES.test(image().mediaType) && /^[\w+/=\s]*$/.test(image().data)}
            fallback={<p class="text-xs text-faint">A picture of a kind that is not shown</p>}
          >
            <img
              src={`data:${image().mediaType};base64,${image().data}`}
              alt="From the tool"
              decoding="async"
              class="max-h-96 max-w-full self-start rounded-lg border border-line"
            />
          </Show>
        )}
      </Match>
      <Match when={is('link')}>
        {(link) => (
          <Show when={/^https?:\/\//i.test(link().url)} fallback={<code>{oneLine(link().url)}</code>}>
            <a
              href={link().url}
              target="_blank"
              rel="noopener noreferrer"
              title={link().url}
              class="truncate text-sm text-accent underline underline-offset-2"
            >
              {oneLine(link().title ?? link().url, 160)}
            </a>
          </Show>
        )}
      </Match>
    </Switch>
  );
}

/** Text of a tool is markdown by ACP; most often it is a file or a list, which reads better as it is. */
function TextResult(props: { text: string; language: string }) {
  const fenced = () => /^\s*(?:```|~~~)/.test(props.text) && props.text.length < 64_000;
  return (
    <Show when={fenced()} fallback={<CodeResult text={props.text} language={props.language} />}>
      <Markdown text={props.text} />
    </Show>
  );
}

function CodeResult(props: { text: string; language: string }) {
  let pre!: HTMLPreElement;
  createEffect(() => {
    // By hand: colours replace what is in there.
    pre.firstElementChild!.replaceChildren(wrapped(visible(props.text)));
    colourCode(pre);
  });
  return (
    <pre ref={pre} class="tl-pre code-text" data-lang={props.language}>
      <code />
    </pre>
  );
}
