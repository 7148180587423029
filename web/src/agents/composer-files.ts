/** Files that go with a prompt: read, bounded, and shown before they are sent. What is refused is said by name. */

import type { Attachment } from '@porthole/shared/agent-events';
import { ATTACHMENT_BYTES, MAX_ATTACHMENTS, PROMPT_FILE_BYTES } from '@porthole/shared/agent-limits';
import { createSignal, onCleanup } from 'solid-js';
import { sizeText } from './composer-text.ts';
import { newId } from './session-ids.ts';

export interface PickedFile {
  attachment: Attachment;
  /** Base 64. */
  data: string;
  /** For images: a `blob:` address. */
  preview: string | null;
}

/** The kinds that a browser shows without running anything in them. */
export const SHOWN_IMAGES = /^image\/(png|jpeg|gif|webp|avif)$/;
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+$/;
const MAX_NAME = 200;

export function createFiles() {
  const [files, setFiles] = createSignal<readonly PickedFile[]>([]);
  const [problem, setProblem] = createSignal<string | null>(null);
  const forget = ({ preview }: PickedFile) => preview && URL.revokeObjectURL(preview);
  onCleanup(() => files().forEach(forget));

  async function add(list: Iterable<File>): Promise<void> {
    setProblem(null);
    for (const file of list) {
      if (files().length >= MAX_ATTACHMENTS) {
        setProblem(`No more than ${MAX_ATTACHMENTS} files go with one prompt.`);
        return;
      }
      if (file.size > ATTACHMENT_BYTES) {
        setProblem(
          `${file.name} is too large (${sizeText(file.size)}): a file may have ${sizeText(ATTACHMENT_BYTES)}.`,
        );
        continue;
      }
      if (bytesOf(files()) + file.size > PROMPT_FILE_BYTES) {
        setProblem(
          `${file.name} does not fit: the files of one prompt may have ${sizeText(PROMPT_FILE_BYTES)} together.`,
        );
        continue;
      }
      try {
        const picked = await read(file);
        setFiles((before) => bounded([...before, picked]));
      } catch {
        setProblem(`${file.name} could not be read. A folder cannot go with a prompt.`);
      }
    }
  }

  return {
    files,
    problem,
    add,
    remove(id: string): void {
      setProblem(null);
      for (const one of files()) if (one.attachment.id === id) forget(one);
      setFiles((before) => before.filter(({ attachment }) => attachment.id !== id));
    },
    /** All of them, which go with what is sent. */
    take(): readonly PickedFile[] {
      const taken = files();
      setFiles([]);
      setProblem(null);
      return taken;
    },
    putBack(taken: readonly PickedFile[]): void {
      setFiles((before) => bounded([...taken, ...before]));
    },
    /** Those that were taken and have gone. */
    forget(taken: readonly PickedFile[]): void {
      for (const one of taken) if (!files().includes(one)) forget(one);
    },
  };
}

const bytesOf = (files: readonly PickedFile[]): number =>
  files.reduce((sum, { attachment }) => sum + attachment.size, 0);

/** The first ones, as many as go with one prompt. */
function bounded(files: readonly PickedFile[]): readonly PickedFile[] {
  const kept = files.slice(0, MAX_ATTACHMENTS);
  while (bytesOf(kept) > PROMPT_FILE_BYTES) kept.pop();
  return kept;
}

async function read(file: File): Promise<PickedFile> {
  const mediaType = MEDIA_TYPE.test(file.type) ? file.type : 'application/octet-stream';
  const data = await base64Of(file);
  return {
    attachment: {
      id: newId('attachment'),
      // A pasted picture has none.
      name: (file.name || 'pasted').slice(-MAX_NAME),
      mediaType,
      size: file.size,
    },
    data,
    preview: SHOWN_IMAGES.test(mediaType) ? URL.createObjectURL(file) : null,
  };
}

function base64Of(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(reader.error);
    reader.onload = () => {
      const url = String(reader.result);
      resolve(url.slice(url.indexOf(',') + 1));
    };
    reader.readAsDataURL(file);
  });
}

/** A `blob:` address of an attachment from the server, for as long as its owner lives. */
export function createAttachmentUrls(fetchData: (id: string) => Promise<string>) {
  const urls = new Map<string, Promise<string | null>>();
  onCleanup(() => {
    for (const url of urls.values()) void url.then((made) => made && URL.revokeObjectURL(made));
  });
  return (attachment: Attachment): Promise<string | null> => {
    const known = urls.get(attachment.id);
    if (known) return known;
    const made = fetchData(attachment.id)
      .then((data) => {
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        // What is not a picture is only ever downloaded: never a page of this origin.
        const type = SHOWN_IMAGES.test(attachment.mediaType)
          ? attachment.mediaType
          : 'application/octet-stream';
        return URL.createObjectURL(new Blob([bytes], { type }));
      })
      .catch(() => {
        urls.delete(attachment.id);
        return null;
      });
    urls.set(attachment.id, made);
    return made;
  };
}
