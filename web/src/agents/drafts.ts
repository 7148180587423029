/** What is written and not sent, per session, or per workspace in which one is about to begin. Survives a reload. */
import { type DraftRecord, db } from '../data/database.ts';

/** Written at the first key, then so often: a page that goes without a word loses no more than that. */
const WRITE_EVERY_MS = 150;

export const readDraft = (place: string): Promise<DraftRecord | undefined> => db.drafts.get(place);

export type Draft = Pick<DraftRecord, 'text' | 'choices'>;

export function makeDraft(place: string, organisationId: string) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let latest: Draft | null = null;
  let writing: Promise<unknown> = Promise.resolve();

  function flush(): Promise<unknown> {
    clearTimeout(timer);
    timer = undefined;
    const draft = latest;
    latest = null;
    if (!draft) return writing;
    writing = writing.then(() => store(draft)).catch(() => {});
    return writing;
  }

  const store = ({ text, choices }: Draft): Promise<unknown> =>
    text === '' && Object.keys(choices).length === 0
      ? db.drafts.delete(place)
      : db.drafts.put({ place, organisationId, text, choices: { ...choices }, at: Date.now() });

  return {
    read: () => readDraft(place),
    change(draft: Draft): void {
      latest = draft;
      if (timer !== undefined) return;
      void flush();
      timer = setTimeout(flush, WRITE_EVERY_MS);
    },
    /** Now, and answers when it is kept: before the page goes. */
    flush,
    /** It was sent: what is not yet written is not written any more. */
    async sent(): Promise<void> {
      clearTimeout(timer);
      timer = undefined;
      latest = null;
      await writing;
    },
  };
}
