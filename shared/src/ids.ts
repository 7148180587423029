/** Identifiers. An id says what it names: `wsp_` and 20 base-32 characters; it is opaque otherwise. */
import * as z from 'zod/mini';

export const ID_PREFIXES = {
  user: 'usr',
  organisation: 'org',
  device: 'dev',
  invite: 'inv',
  apiToken: 'tok',
  repository: 'rep',
  credential: 'crd',
  host: 'hst',
  workspace: 'wsp',
  terminal: 'trm',
  connection: 'con',
  viewer: 'viw',
  session: 'ses',
  prompt: 'prm',
  attachment: 'att',
  artifact: 'art',
  agent: 'agt',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

/** The characters after the prefix: Crockford's base 32 in lower case, 100 bits. */
export const ID_BODY = /^[0-9a-hjkmnp-tv-z]{20}$/;

const idOf = (kind: IdKind) =>
  z.string().check(z.regex(new RegExp(`^${ID_PREFIXES[kind]}_[0-9a-hjkmnp-tv-z]{20}$`), `not a ${kind} id`));

export const UserId = idOf('user');
export const OrganisationId = idOf('organisation');
export const DeviceId = idOf('device');
export const InviteId = idOf('invite');
export const ApiTokenId = idOf('apiToken');
export const RepositoryId = idOf('repository');
export const CredentialId = idOf('credential');
export const HostId = idOf('host');
export const WorkspaceId = idOf('workspace');
export const TerminalId = idOf('terminal');
export const ConnectionId = idOf('connection');
/** Chosen by a browser tab, once per terminal view; survives its reconnects. */
export const ViewerId = idOf('viewer');

export const SessionId = idOf('session');
/** Chosen by the client that asks: sending a prompt twice queues it once (AG4). It also names the prompt's turn. */
export const PromptId = idOf('prompt');
export const AttachmentId = idOf('attachment');
export const ArtifactId = idOf('artifact');
/** An agent that an organisation has added; built-in ones have names of their own. */
export const AgentId = idOf('agent');

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Makes an id from 20 random bytes that the caller supplies (`crypto.getRandomValues`). */
export function idFromBytes(kind: IdKind, random: Uint8Array): string {
  if (random.length < 20) throw new RangeError('an id needs 20 random bytes');
  let body = '';
  for (const byte of random.subarray(0, 20)) body += ALPHABET[byte & 31];
  return `${ID_PREFIXES[kind]}_${body}`;
}
