/** Terminals. */
import * as z from 'zod/mini';
import { TerminalId, WorkspaceId } from '../ids.ts';
import { TerminalRow } from '../rows.ts';
import { Cols, Rows } from '../terminal.ts';
import { define, Empty, Name } from './endpoint.ts';

export const terminalEndpoints = define({
  listTerminals: {
    method: 'get',
    path: '/api/workspaces/:workspace/terminals',
    tag: 'terminals',
    summary: 'Terminals, the closed ones too',
    params: z.object({ workspace: WorkspaceId }),
    response: z.object({ terminals: z.array(TerminalRow) }),
  },
  createTerminal: {
    method: 'post',
    path: '/api/workspaces/:workspace/terminals',
    tag: 'terminals',
    summary: 'Open a terminal',
    status: 201,
    params: z.object({ workspace: WorkspaceId }),
    body: z.object({ name: z.optional(Name), cols: z.optional(Cols), rows: z.optional(Rows) }),
    response: TerminalRow,
  },
  updateTerminal: {
    method: 'patch',
    path: '/api/terminals/:terminal',
    tag: 'terminals',
    summary: 'Rename, or say what others may do',
    params: z.object({ terminal: TerminalId }),
    body: z.object({ name: z.optional(z.nullable(Name)), othersMay: z.optional(z.enum(['write', 'view'])) }),
    response: TerminalRow,
  },
  restartTerminal: {
    method: 'post',
    path: '/api/terminals/:terminal/restart',
    tag: 'terminals',
    summary: 'A new shell in the same folder after the old one ended; reopens a closed one',
    params: z.object({ terminal: TerminalId }),
    response: TerminalRow,
  },
  closeTerminal: {
    method: 'post',
    path: '/api/terminals/:terminal/close',
    tag: 'terminals',
    summary: 'End the shell and put the tab away',
    params: z.object({ terminal: TerminalId }),
    response: TerminalRow,
  },
  deleteTerminal: {
    method: 'delete',
    path: '/api/terminals/:terminal',
    tag: 'terminals',
    summary: 'Forget a closed terminal and its screen',
    params: z.object({ terminal: TerminalId }),
    response: Empty,
  },
});
