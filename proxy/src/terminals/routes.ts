/** HTTP of terminals: list, open, rename, share, restart, close, forget. */
import { PortholeError, type TerminalRow } from '@porthole/shared';
import { endpoints } from '@porthole/shared/http';
import type { Actor } from '../auth/actor.ts';
import type { Routes } from '../http/mount.ts';
import type { TerminalHub } from './hub.ts';
import type { TerminalChange, TerminalStore } from './store.ts';

export interface TerminalAccess {
  /** The row and its workspace, or `not_found` (SE3). */
  terminal(actor: Actor, terminalId: string): Promise<{ row: TerminalRow; workspaceOwner: string }>;
  /** Whether this person may type in it. */
  canType(actor: Actor, row: TerminalRow, workspaceOwner: string): Promise<boolean>;
  /** Whether this person may say what others may do. */
  canShare(actor: Actor, row: TerminalRow, workspaceOwner: string): Promise<boolean>;
  workspace(actor: Actor, workspaceId: string): Promise<{ id: string; organisationId: string }>;
}

export interface TerminalRoutesDeps {
  hub: TerminalHub;
  store: TerminalStore;
  access: TerminalAccess;
  /** `othersMay` has changed: those attached are told. */
  onShared: (row: TerminalRow) => Promise<void>;
}

export const terminalRoutes =
  ({ hub, store, access, onShared }: TerminalRoutesDeps): Routes =>
  (mount) => {
    /** The row, for somebody who may type in it. */
    const typable = async (actor: Actor, id: string): Promise<TerminalRow> => {
      const { row, workspaceOwner } = await access.terminal(actor, id);
      if (await access.canType(actor, row, workspaceOwner)) return row;
      throw new PortholeError('view_only', 'You can watch this terminal, but not change it.');
    };
    const after = async (id: string): Promise<TerminalRow> => {
      const row = await store.get(id);
      if (!row) throw new PortholeError('not_found', 'There is no such terminal.');
      return row;
    };

    mount(endpoints.listTerminals, async ({ params, actor }) => {
      await access.workspace(actor, params.workspace);
      return { terminals: await store.list(params.workspace) };
    });

    mount(endpoints.createTerminal, async ({ params, body, actor }) => {
      const { id, organisationId } = await access.workspace(actor, params.workspace);
      return hub.create({ ...defined(body), workspaceId: id, organisationId, createdBy: actor.userId });
    });

    mount(endpoints.updateTerminal, async ({ params, body, actor }) => {
      const { row, workspaceOwner } = await access.terminal(actor, params.terminal);
      const change: TerminalChange = {};
      if (body.name !== undefined) {
        await typable(actor, params.terminal);
        change.name = body.name;
      }
      if (body.othersMay !== undefined) {
        if (!(await access.canShare(actor, row, workspaceOwner)))
          throw new PortholeError(
            'forbidden',
            'Only the workspace’s owner and admins can share its terminals.',
          );
        change.othersMay = body.othersMay;
      }
      const changed = await store.update(row.id, change);
      if (!changed) throw new PortholeError('not_found', 'There is no such terminal.');
      if (body.othersMay !== undefined) await onShared(changed);
      return changed;
    });

    mount(endpoints.restartTerminal, async ({ params, actor }) => {
      const row = await typable(actor, params.terminal);
      await hub.restart(row, actor.userId);
      return after(row.id);
    });

    mount(endpoints.closeTerminal, async ({ params, actor }) => {
      const row = await typable(actor, params.terminal);
      await hub.close(row);
      return after(row.id);
    });

    mount(endpoints.deleteTerminal, async ({ params, actor }) => {
      const row = await typable(actor, params.terminal);
      if (row.status !== 'closed') throw new PortholeError('wrong_state', 'Close the terminal first.');
      await hub.remove(row);
      return {};
    });
  };

/** Without the keys whose value is undefined. */
function defined(body: { name?: string | undefined; cols?: number | undefined; rows?: number | undefined }) {
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.cols === undefined ? {} : { cols: body.cols }),
    ...(body.rows === undefined ? {} : { rows: body.rows }),
  };
}
