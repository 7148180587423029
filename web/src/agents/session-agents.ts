/** Which agents one may ask: the server's word with what each lacks, and without a network the built-in ones. */
import { BUILT_IN_AGENTS, SCRIPTED_AGENT } from '@porthole/shared/agents';
import type { OfferedAgent } from '@porthole/shared/api/agents';
import { createMemo } from 'solid-js';
import { useApp } from '../app-context.ts';
import { createRequest } from '../net/create-request.ts';
import { lastAgent } from './composer-preferences.ts';
import { listAgents } from './session-calls.ts';

export type { OfferedAgent };

export function createAgents() {
  const { mirror, session } = useApp();
  const request = createRequest(session.organisationId, async (org) => (await listAgents(org)).agents);
  const known = (): OfferedAgent[] => [
    ...BUILT_IN_AGENTS.map(({ id, name, about, install }) => ({
      ...{ key: id, name, about, install },
      ...{ builtIn: true, missing: [] },
    })),
    ...mirror.agents().map(({ id, name, command }) => ({
      ...{ key: id, name, about: command },
      ...{ builtIn: false, missing: [], install: null },
    })),
  ];
  const agents = createMemo(() => request.data() ?? known());
  return {
    agents,
    reload: request.reload,
    find: (key: string) => agents().find((agent) => agent.key === key),
    /** The one asked last; else the first that lacks nothing; the scripted one only when no other can work. */
    preferred(): string {
      const all = agents();
      const last = lastAgent();
      if (last && all.some(({ key }) => key === last)) return last;
      const usable = request.data() ? all.filter(({ missing }) => missing.length === 0) : [];
      return usable.find(({ key }) => key !== SCRIPTED_AGENT)?.key ?? SCRIPTED_AGENT;
    },
  };
}

/** Without asking the server. */
export function agentName(key: string, added: readonly { id: string; name: string }[]): string {
  return (
    BUILT_IN_AGENTS.find(({ id }) => id === key)?.name ??
    added.find(({ id }) => id === key)?.name ??
    'A removed agent'
  );
}
