/**
 * Tokens by which machines connect by themselves. Invariants: one is good per workspace, the last that was made; of it
 * the database has the hash alone; a token is proven to be of this server before anything is said about its workspace.
 */
import { timingSafeEqual } from 'node:crypto';
import { PortholeError } from '@porthole/shared/errors';
import { hashSecret, newSecret } from '../lib/ids.ts';
import type { SecretBox } from '../lib/secrets.ts';
import type { Workspace } from '../workspaces/index.ts';
import type { BridgeTokenStore } from './links-store.ts';

const CONTEXT = 'bridge-token';
const FORMAT = /^pbt\.(wsp_[0-9a-hjkmnp-tv-z]{20})\.([\w-]{43})\.([\w-]{43})$/;

export interface BridgeTokensDeps {
  store: BridgeTokenStore;
  secrets: SecretBox;
  find: (workspaceId: string) => Promise<Workspace | null>;
}

export class BridgeTokens {
  readonly #deps: BridgeTokensDeps;

  constructor(deps: BridgeTokensDeps) {
    this.#deps = deps;
  }

  async make(workspaceId: string): Promise<string> {
    const secret = newSecret();
    const signed = `${workspaceId}.${secret}`;
    const token = `pbt.${signed}.${this.#deps.secrets.sign(signed, CONTEXT)}`;
    await this.#deps.store.set(workspaceId, hashSecret(token));
    return token;
  }

  remove(workspaceId: string): Promise<void> {
    return this.#deps.store.set(workspaceId, null);
  }

  /** The workspace that it speaks for. Throws `unauthenticated`, or `gone` when there is no such workspace any more. */
  async check(token: string): Promise<string> {
    const { secrets, find, store } = this.#deps;
    const [, workspaceId = '', secret = '', signature = ''] = FORMAT.exec(token) ?? [];
    if (!secrets.verify(`${workspaceId}.${secret}`, CONTEXT, signature)) throw wrong();
    const workspace = await find(workspaceId);
    if (!workspace || workspace.status === 'deleting')
      throw new PortholeError('gone', 'This workspace is gone.');
    const hash = await store.get(workspaceId);
    if (hash === null || !timingSafeEqual(Buffer.from(hash), Buffer.from(hashSecret(token)))) throw wrong();
    return workspaceId;
  }
}

const wrong = () => new PortholeError('unauthenticated', 'This needs the token of a workspace’s machine.');
