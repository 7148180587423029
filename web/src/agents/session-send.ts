/** From what was written to what is sent: a new session with its first prompt, or a prompt of one that there is. */
import type { Written } from './composer.tsx';
import { type OutboxAction, outbox } from './outbox.ts';
import { newId } from './session-ids.ts';

/** Kept when it resolves. Each file first, since the prompt names it. */
function actionsOf(written: Written, by: string, retryOf: string | null = null): OutboxAction[] {
  const id = newId('prompt');
  const attachments = written.files.map(({ attachment }) => attachment);
  return [
    ...written.files.map(
      ({ attachment: { size: _, ...attachment }, data }): OutboxAction => ({
        kind: 'attachment',
        id: attachment.id,
        attachment: { ...attachment, data },
      }),
    ),
    {
      kind: 'prompt',
      id,
      by,
      attachments,
      prompt: {
        id,
        text: written.text,
        attachments: attachments.map((one) => one.id),
        choices: written.choices,
        retryOf,
      },
    },
  ];
}

export interface Asker {
  organisationId: string;
  /** The person. */
  by: string;
}

export function askSession(asker: Asker, sessionId: string, written: Written): Promise<void> {
  return outbox.add(asker.organisationId, sessionId, actionsOf(written, asker.by), sessionId);
}

/** Answers the new session's id. */
export async function beginSession(
  asker: Asker,
  place: { workspaceId: string; agent: string; draft: string },
  written: Written,
): Promise<string> {
  const id = newId('session');
  const create: OutboxAction = {
    kind: 'create_session',
    id,
    workspaceId: place.workspaceId,
    agent: place.agent,
  };
  await outbox.add(asker.organisationId, id, [create, ...actionsOf(written, asker.by)], place.draft);
  return id;
}

/** The same prompt again; its files are at the server already. */
export function repeatPrompt(
  asker: Asker,
  sessionId: string,
  failed: { prompt: string; text: string; attachments: readonly Written['files'][number]['attachment'][] },
): Promise<void> {
  const id = newId('prompt');
  const prompt = {
    id,
    text: failed.text,
    attachments: failed.attachments.map((one) => one.id),
    retryOf: failed.prompt,
  };
  return outbox.add(asker.organisationId, sessionId, [
    { kind: 'prompt', id, by: asker.by, prompt, attachments: [] },
  ]);
}
