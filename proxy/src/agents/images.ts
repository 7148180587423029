/** Pictures that agents have made: taken from what a bridge reports, and told in the log as artifacts. */
import { createHash } from 'node:crypto';
import type { BridgeEvent, BridgeImage, StoredImage } from '@porthole/shared/agent-events';
import { IMAGE_BYTES } from '@porthole/shared/agent-limits';
import { idFromBytes } from '@porthole/shared/ids';
import { imageKind } from './image-kind.ts';

export interface KeptImage extends StoredImage {
  name: string;
  data: Uint8Array;
}

const NAME_CHARS = 300;

/** null: it is no picture that a browser may be given, or it is too large. */
export function keptImage({ name, data }: BridgeImage): KeptImage | null {
  if (data.length > Math.ceil(IMAGE_BYTES / 3) * 4) return null;
  const bytes = Buffer.from(data, 'base64');
  const kind = imageKind(bytes);
  if (!kind) return null;
  const id = idFromBytes('artifact', createHash('sha256').update(bytes).digest());
  return { id, ...kind, size: bytes.length, name: name.slice(0, NAME_CHARS), data: bytes };
}

export function artifactOf({ name, data: _, ...image }: KeptImage): BridgeEvent {
  const title = name.trim() || 'Picture';
  return {
    type: 'artifact',
    artifact: { key: `image ${image.id}`, kind: 'screenshot', title, url: null, image },
  };
}
