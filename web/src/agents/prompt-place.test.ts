import type { HostRow, RepositoryRow, WorkspaceRow } from '@porthole/shared';
import { describe, expect, it } from 'vitest';
import { keyOf, machineFor, promptPlaces } from './prompt-place.ts';

const repository = (id: string) => ({ id, name: id }) as RepositoryRow;
const workspace = (id: string, activeAt: number, status: WorkspaceRow['status'] = 'running') =>
  ({ id, activeAt, status }) as WorkspaceRow;
const host = (id: string, hostKeyFingerprint: string | null) => ({ id, hostKeyFingerprint }) as HostRow;
const on = { name: 'local', enabled: true } as const;
const off = { name: 'local', enabled: false } as const;
const ssh = { name: 'ssh', enabled: true } as const;

describe('where a first prompt goes', () => {
  it('into the workspace that was used last, or one made from a repository, or an empty one', () => {
    const places = promptPlaces({
      workspaces: [workspace('old', 1), workspace('new', 2), workspace('gone', 3, 'deleting')],
      repositories: [repository('acme/web')],
    });
    expect(places.map(keyOf)).toEqual(['new', 'old', 'new acme/web', 'new ']);
  });

  it('needs no workspace to be there: a newcomer gets an empty one', () => {
    expect(promptPlaces({ workspaces: [], repositories: [] })).toEqual([{ kind: 'new', repository: null }]);
  });

  it('is made on this server, else on the first host whose key was accepted', () => {
    const hosts = [host('unseen', null), host('seen', 'SHA256:x')];
    expect(machineFor([on, ssh], hosts)).toEqual({ provider: 'local', hostId: null });
    expect(machineFor([off, ssh], hosts)).toEqual({ provider: 'ssh', hostId: 'seen' });
    expect(machineFor([off, ssh], [host('unseen', null)])).toBeNull();
    expect(machineFor([off], hosts)).toBeNull();
  });
});
