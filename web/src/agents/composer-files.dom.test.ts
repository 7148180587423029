import { ATTACHMENT_BYTES, MAX_ATTACHMENTS, PROMPT_FILE_BYTES } from '@porthole/shared/agent-limits';
import { createRoot } from 'solid-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFiles } from './composer-files.ts';

const fileOf = (name: string, size: number) => new File([new Uint8Array(size)], name);

describe('what goes with a prompt', () => {
  let files: ReturnType<typeof createFiles>;
  let dispose = () => {};
  beforeEach(() => {
    createRoot((end) => {
      dispose = end;
      files = createFiles();
    });
  });
  afterEach(() => dispose());
  const names = () => files.files().map(({ attachment }) => attachment.name);

  it('[SE7] is what the server takes: the same bounds, said by name before anything is sent', async () => {
    const half = PROMPT_FILE_BYTES / 2;
    await files.add([fileOf('a', half), fileOf('b', half), fileOf('one more', 1)]);
    expect(names()).toEqual(['a', 'b']);
    expect(files.problem()).toBe('one more does not fit: the files of one prompt may have 17 MB together.');
    files.remove(files.files()[0]!.attachment.id);
    await files.add([fileOf('large', ATTACHMENT_BYTES + 1)]);
    expect(files.problem()).toBe('large is too large (10 MB): a file may have 10 MB.');
    await files.add(Array.from({ length: MAX_ATTACHMENTS }, (_, n) => fileOf(`small ${n}`, 1)));
    expect(names()).toHaveLength(MAX_ATTACHMENTS);
    expect(files.problem()).toBe('No more than 10 files go with one prompt.');
  });

  it('that was not sent comes back before what was added since, as far as it fits', async () => {
    const half = PROMPT_FILE_BYTES / 2;
    await files.add([fileOf('a', half), fileOf('b', half)]);
    const taken = files.take();
    await files.add([fileOf('c', 1)]);
    files.putBack(taken);
    expect(names()).toEqual(['a', 'b']);
  });
});
