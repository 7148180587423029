/**
 * Pictures that a session has made, as `blob:` addresses, for as long as their owner lives. They are not kept on the
 * device: what is signed out of is gone (FD4). Invariant: at most `MAX_KEPT`; the one that was asked for longest ago goes.
 */
import type { StoredImage } from '@porthole/shared/agent-events';
import { onCleanup } from 'solid-js';
import { getImage } from './session-calls.ts';

/** Of 4 MiB at the most. */
export const MAX_KEPT = 24;

export type ImageUrl = (image: StoredImage) => Promise<string | null>;

export function createImageUrls(sessionId: string, fetchImage = getImage): ImageUrl {
  const urls = new Map<string, Promise<string | null>>();
  const forget = (url: Promise<string | null>) => void url.then((made) => made && URL.revokeObjectURL(made));
  onCleanup(() => urls.forEach(forget));
  return (image) => {
    const url = urls.get(image.id) ?? fetched(image);
    urls.delete(image.id);
    urls.set(image.id, url);
    for (const [id, oldest] of urls) {
      if (urls.size <= MAX_KEPT) break;
      urls.delete(id);
      forget(oldest);
    }
    return url;
  };

  function fetched({ id, mediaType }: StoredImage): Promise<string | null> {
    return fetchImage(sessionId, id)
      .then((blob) => URL.createObjectURL(new Blob([blob], { type: mediaType })))
      .catch(() => {
        // Asked for again it is tried again.
        urls.delete(id);
        return null;
      });
  }
}
