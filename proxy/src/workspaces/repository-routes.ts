/** HTTP of repositories and git credentials. */
import { PortholeError, type RepositoryRow } from '@porthole/shared';
import { type Credential, endpoints } from '@porthole/shared/http';
import type { Membership } from '../auth/actor.ts';
import type { Routes } from '../http/mount.ts';
import { newId } from '../lib/ids.ts';
import { can } from '../orgs/permissions.ts';
import { generateKeyPair, readPrivateKey } from '../ssh/keys.ts';
import type { Access } from './access.ts';
import { deleted, whyUnreadable } from './answers.ts';
import { readTokenHost } from './credential-host.ts';
import type { CredentialStore } from './credential-store.ts';
import { type GitUrlRules, parseGitUrl } from './git-url.ts';
import type { RepositoryStore } from './repository-store.ts';

export interface RepositoryRoutesDeps {
  access: Access;
  repositories: RepositoryStore;
  credentials: CredentialStore;
  gitUrls: GitUrlRules;
  now: () => number;
}

export const repositoryRoutes =
  (deps: RepositoryRoutesDeps): Routes =>
  (mount) => {
    const { access, repositories, credentials } = deps;

    mount(endpoints.listRepositories, async ({ params, actor }) => {
      await access.may(actor, params.org, 'organisation.read');
      return { repositories: await repositories.list(params.org) };
    });

    mount(endpoints.createRepository, async ({ params, body, actor }) => {
      const membership = await access.may(actor, params.org, 'repository.write');
      return addRepository(deps, membership, body, { refuseKnown: true });
    });

    mount(endpoints.updateRepository, async ({ params, body, actor }) => {
      const membership = await access.may(actor, params.org, 'repository.write');
      const before = await repositories.get(params.org, params.repository);
      if (!before) throw new PortholeError('not_found', 'There is no such repository.');
      // What stays as it is refuses no other change: a form sends it along. By an admin it is a choice all the same.
      const isNew = body.credentialId !== before.credentialId;
      if (body.credentialId && isNew) await chosenCredential(deps, membership, body.credentialId, before.url);
      else if (body.credentialId && mayBind(membership))
        await credentials.use(params.org, body.credentialId, before.url, true);
      const change = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
      const next = await repositories.update(params.org, params.repository, change);
      if (!next) throw new PortholeError('not_found', 'There is no such repository.');
      return next;
    });

    mount(endpoints.deleteRepository, async ({ params, actor }) => {
      await access.may(actor, params.org, 'repository.delete');
      const result = await repositories.delete(params.org, params.repository);
      return deleted(result, 'repository', 'Workspaces use this repository. Delete them first.');
    });

    mount(endpoints.listCredentials, async ({ params, actor }) => {
      await access.may(actor, params.org, 'organisation.read');
      return { credentials: await credentials.list(params.org) };
    });

    mount(endpoints.createCredential, async ({ params, body, actor }) => {
      await access.may(actor, params.org, 'credential.write');
      const id = newId('credential');
      const common = { id, name: body.name, createdAt: deps.now() };
      if (body.kind === 'https_token') {
        if (/[\r\n]/.test(body.token)) {
          throw new PortholeError('bad_request', 'A token is one line.', {
            fields: { token: 'has a line break' },
          });
        }
        const host = readTokenHost(body.host);
        if (host === null) {
          throw new PortholeError(
            'bad_request',
            'Enter the git server that the token is for, like github.com.',
            {
              fields: { host: 'is not a host like github.com' },
            },
          );
        }
        const credential: Credential = {
          ...common,
          kind: body.kind,
          username: body.username ?? null,
          host,
          publicKey: null,
        };
        await credentials.insert(params.org, credential, body.token);
        return credential;
      }
      const pair =
        body.privateKey === undefined ? generateKeyPair(`porthole ${body.name}`) : givenKey(body.privateKey);
      const credential: Credential = {
        ...common,
        kind: body.kind,
        username: null,
        host: null,
        publicKey: pair.publicKey,
      };
      await credentials.insert(params.org, credential, pair.privateKey);
      return credential;
    });

    mount(endpoints.deleteCredential, async ({ params, actor }) => {
      await access.may(actor, params.org, 'credential.write');
      const result = await credentials.delete(params.org, params.credential);
      return deleted(result, 'credential', 'Repositories use this credential. Change them first.');
    });
  };

/**
 * Adds a repository; a known URL gives the one that is there, unless `refuseKnown`. A credential that comes with it is
 * the repository's from now on, where it has none.
 */
export async function addRepository(
  deps: RepositoryRoutesDeps,
  membership: Membership,
  body: {
    url: string;
    name?: string | undefined;
    defaultBranch?: string | undefined;
    credentialId?: string | null | undefined;
  },
  { refuseKnown = false } = {},
): Promise<RepositoryRow> {
  const parsed = parseGitUrl(body.url, deps.gitUrls);
  if (!parsed.ok) throw new PortholeError('bad_request', parsed.reason, { fields: { url: parsed.reason } });
  const { organisationId } = membership;
  const credentialId = body.credentialId ?? null;
  const known = await deps.repositories.findByUrl(organisationId, parsed.url);
  if (known && refuseKnown)
    throw new PortholeError('conflict', 'The organisation has this repository already.');
  if (known && (credentialId === null || credentialId === known.credentialId)) return known;
  if (known && known.credentialId !== null) {
    const message =
      'The organisation has this repository already, with another credential. Change it there, or choose none here.';
    throw new PortholeError('conflict', message, { fields: { credentialId: message } });
  }
  if (credentialId !== null) await chosenCredential(deps, membership, credentialId, parsed.url);
  if (known) return (await deps.repositories.update(organisationId, known.id, { credentialId })) ?? known;
  const repository: RepositoryRow = {
    id: newId('repository'),
    organisationId,
    name: body.name ?? parsed.name,
    url: parsed.url,
    // The first clone asks the remote.
    defaultBranch: body.defaultBranch ?? 'main',
    credentialId,
    createdAt: deps.now(),
  };
  await deps.repositories.insert(repository, body.defaultBranch !== undefined);
  return repository;
}

const mayBind = ({ role, actor }: Membership) => can({ role, userId: actor.userId }, 'credential.write');

/** Throws unless it is there and may be used for this URL. */
async function chosenCredential(
  deps: RepositoryRoutesDeps,
  membership: Membership,
  id: string,
  url: string,
): Promise<void> {
  const use = await deps.credentials.use(membership.organisationId, id, url, mayBind(membership));
  if (use === null) throw new PortholeError('not_found', 'There is no such credential.');
  if (use.ok) return;
  throw new PortholeError(use.code === 'unbound' ? 'forbidden' : 'bad_request', use.message, {
    fields: { credentialId: use.message },
  });
}

/** git has nobody to ask for a passphrase, so a locked key is refused. */
function givenKey(privateKey: string): { privateKey: string; publicKey: string } {
  const read = readPrivateKey(privateKey);
  if (read.ok) return { privateKey, publicKey: read.publicKey };
  const why = whyUnreadable(read.code, 'has a passphrase; git could not ask for it');
  throw new PortholeError('bad_request', `The key ${why}.`, { fields: { privateKey: why } });
}
