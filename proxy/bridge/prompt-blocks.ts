/**
 * A prompt as the agent gets it: its text, then what is attached. What the agent does not take as content it gets as a
 * file, by a link, which every agent takes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ContentBlock } from '@agentclientprotocol/sdk';
import type { ToBridge } from '@porthole/shared/bridge';

type Prompt = Extract<ToBridge, { type: 'prompt' }>;
type Attached = Prompt['attachments'][number];

export interface Takes {
  image: boolean;
  embedded: boolean;
}

/** `folder`: where attached files are put. */
export function blocksOf({ text, attachments }: Prompt, takes: Takes, folder: string): ContentBlock[] {
  return [{ type: 'text', text }, ...attachments.map((each) => blockOf(each, takes, folder))];
}

function blockOf(attached: Attached, takes: Takes, folder: string): ContentBlock {
  const { meta, data } = attached;
  const { mediaType } = meta;
  if (mediaType.startsWith('image/') && takes.image) return { type: 'image', data, mimeType: mediaType };
  const path = save(attached, folder);
  const uri = pathToFileURL(path).href;
  if (mediaType.startsWith('text/') && takes.embedded) {
    const text = Buffer.from(data, 'base64').toString('utf8');
    return { type: 'resource', resource: { uri, mimeType: mediaType, text } };
  }
  return { type: 'resource_link', uri, name: meta.name, mimeType: mediaType, size: meta.size };
}

function save({ meta, data }: Attached, folder: string): string {
  const own = join(folder, meta.id);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  // A name, not a path: it is somebody else's.
  const name = basename(meta.name.replace(/[\0\\]/g, '_')).slice(0, 100);
  const path = join(own, name === '' || name === '.' || name === '..' ? 'attachment' : name);
  writeFileSync(path, Buffer.from(data, 'base64'), { mode: 0o600 });
  return path;
}
