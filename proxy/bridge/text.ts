/** Pure: makes what an agent says fit for the log: no halves of characters, no NUL, bounded. */
import type { BridgeEvent, BridgeReport, ToolContent } from '@porthole/shared/agent-events';
import { EVENT_CHARS, EVENT_TEXT_CHARS } from '@porthole/shared/agent-limits';

/** Halves of surrogate pairs, and NUL, which PostgreSQL does not store. */
const unfit = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\0/g;

export const clean = (text: string): string => text.replace(unfit, '\ufffd');

export interface CutText {
  text: string;
  /** UTF-16 units left out of the middle. */
  cut?: number;
}

/** Keeps beginning and end. */
export function cutMiddle(text: string, max: number = EVENT_TEXT_CHARS): CutText {
  if (text.length <= max) return { text: clean(text) };
  const head = Math.ceil(max / 2);
  const kept = text.slice(0, head) + text.slice(text.length - (max - head));
  return { text: clean(kept), cut: text.length - max };
}

/** For names and titles: one line, without escape sequences' control characters. */
export const oneLine = (text: string, max = 500): string =>
  clean(text.slice(0, max))
    .replace(/[\u0001-\u001f\u007f]+/g, ' ')
    .trim();

/** Texts get shorter until the event as a whole fits. */
const LIMITS = [EVENT_TEXT_CHARS, 16_384, 4_096, 512];
const MAX_CONTENTS = 100;
const MAX_FILES = 500;

type ToolEvent = Extract<BridgeEvent, { type: 'tool' }>;

/** Within `EVENT_CHARS`, whatever the agent sent. */
export function bounded(event: BridgeReport): BridgeReport {
  if (event.type === 'tool') return boundedTool(event);
  if (event.type === 'text') {
    const { text, cut = 0 } = cutMiddle(event.text);
    const all = cut + (event.cut ?? 0);
    return all > 0 ? { ...event, text, cut: all } : { ...event, text };
  }
  return event;
}

function boundedTool(event: ToolEvent): ToolEvent {
  for (const limit of LIMITS) {
    const fitted = shorten(event, limit);
    if (JSON.stringify(fitted).length <= EVENT_CHARS) return fitted;
  }
  const { input: _, content: __, files: ___, ...rest } = shorten(event, 512);
  return rest;
}

function shorten(event: ToolEvent, limit: number): ToolEvent {
  const { input, content, files } = event;
  return {
    ...event,
    ...(input === undefined ? {} : { input: cutMiddle(input, limit).text }),
    ...(files === undefined ? {} : { files: files.slice(0, MAX_FILES) }),
    ...(content === undefined
      ? {}
      : { content: content.slice(0, MAX_CONTENTS).map((each) => shortenContent(each, limit)) }),
  };
}

function shortenContent(content: ToolContent, limit: number): ToolContent {
  switch (content.kind) {
    case 'text':
      return { ...content, ...withCut(cutMiddle(content.text, limit), content.cut) };
    case 'terminal': {
      const { text, cut } = withCut(cutMiddle(content.output, limit), content.cut);
      return { ...content, output: text, ...(cut === undefined ? {} : { cut }) };
    }
    case 'diff': {
      const before = content.before === null ? null : cutMiddle(content.before, limit);
      const after = cutMiddle(content.after, limit);
      const cut = (before?.cut ?? 0) + (after.cut ?? 0);
      const texts = { before: before?.text ?? null, after: after.text };
      return { ...content, ...texts, ...(cut > 0 ? { cut } : {}) };
    }
    case 'image':
      // Half an image is none. The largest that fits beside other texts; a larger one is kept apart, or not at all.
      return content.data.length <= limit * 6
        ? content
        : {
            kind: 'text',
            text: `An image of ${Math.ceil((content.data.length * 3) / 4096)} KB`,
          };
    case 'link':
      return content;
  }
}

function withCut(cut: CutText, before = 0): CutText {
  const all = (cut.cut ?? 0) + before;
  return all > 0 ? { text: cut.text, cut: all } : { text: cut.text };
}
