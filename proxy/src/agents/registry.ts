/**
 * Which agents there are, and how one is started for a session. Invariants: what keeps an agent from starting is a fault
 * that says what to do (`key_missing`, `agent_missing`), never a line in a log; secrets are read when an agent is about
 * to be started, and not kept.
 */
import type { SessionRow } from '@porthole/shared';
import type { AgentFault } from '@porthole/shared/agent-events';
import { BUILT_IN_AGENTS } from '@porthole/shared/agents';
import type { OfferedAgent } from '@porthole/shared/api/agents';
import type { AgentCommand } from '@porthole/shared/bridge';
import { PortholeError } from '@porthole/shared/errors';
import type { Logger } from '../lib/log.ts';
import type { ExecOptions, ExecResult } from '../ssh/exec.ts';
import { shellCommand } from '../ssh/quote.ts';
import {
  builtIn,
  findBuiltIn,
  type GatewayName,
  gatewayVariables,
  type KnownAgent,
  missingSecrets,
  offered,
  ownAgent,
} from './registry-command.ts';
import type { AgentStore } from './registry-store.ts';
import type { SecretStore } from './secrets-store.ts';

const DETECT_MS = 15_000;
/** Findings that are remembered: a bound, not a plan. */
const MAX_FOUND = 1_000;

export interface RegistryDeps {
  agents: AgentStore;
  secrets: SecretStore;
  log: Logger;
  gateway: {
    tokenFor(sessionId: string): string;
    /** The gateway's server as the workspace's machine reaches it; null: the workspace is gone. Rejects: it does not. */
    addressFor(workspaceId: string): Promise<string | null>;
  };
  /** By which the machine's bridge finds commands; null: not known, and then the bridge will say what is missing. */
  pathOf(workspaceId: string): string | null;
  exec(workspaceId: string, options: ExecOptions): Promise<ExecResult>;
}

export type SessionOfAgent = Pick<SessionRow, 'id' | 'organisationId' | 'workspaceId' | 'agent'>;
export type Found = { ok: AgentCommand } | { fault: AgentFault };

export class Registry {
  readonly #deps: RegistryDeps;
  /** Workspace, agent and PATH under which it was seen. */
  readonly #found = new Set<string>();

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
  }

  async offer(organisationId: string): Promise<OfferedAgent[]> {
    const { agents, secrets } = this.#deps;
    const set = new Set((await secrets.list(organisationId)).map(({ name }) => name));
    const own = await agents.list(organisationId);
    return [...BUILT_IN_AGENTS.map(builtIn), ...own.map(ownAgent)].map((agent) => offered(agent, set));
  }

  /** Whether the organisation may use this agent. */
  async knows(organisationId: string, agent: string): Promise<boolean> {
    return findBuiltIn(agent) !== null || (await this.#deps.agents.get(organisationId, agent)) !== null;
  }

  /** How the session's agent is started, or why it cannot be. */
  async commandFor(session: SessionOfAgent): Promise<Found> {
    const agent = await this.#find(session);
    if (!agent) return { fault: fault('agent_missing', 'The agent of this session was removed.') };
    const env = await this.#environment(session, agent);
    if ('fault' in env) return env;
    const missing = await this.#notInstalled(session.workspaceId, agent);
    if (missing) return { fault: missing };
    return { ok: { command: agent.command, args: [...agent.args], env: env.ok } };
  }

  async #find({ organisationId, agent }: SessionOfAgent): Promise<KnownAgent | null> {
    const known = findBuiltIn(agent);
    if (known) return known;
    const row = await this.#deps.agents.get(organisationId, agent);
    return row && ownAgent(row);
  }

  async #environment(
    session: SessionOfAgent,
    agent: KnownAgent,
  ): Promise<{ ok: Record<string, string> } | { fault: AgentFault }> {
    const { secrets, gateway } = this.#deps;
    const set = new Set((await secrets.list(session.organisationId)).map(({ name }) => name));
    const [missing] = missingSecrets(agent, set);
    if (missing !== undefined) return { fault: keyMissing(agent, missing) };
    const env: Record<string, string> = {};
    const gateways = new Set<GatewayName>();
    for (const need of agent.needs) {
      if (!set.has(need.secret)) continue;
      if (need.gateway) gateways.add(need.gateway);
      else env[need.secret] = (await secrets.open(session.organisationId, need.secret)) ?? '';
    }
    if (gateways.size === 0) return { ok: env };
    let base: string | null;
    try {
      base = await gateway.addressFor(session.workspaceId);
    } catch (error) {
      return { fault: noWayBack(agent, error) };
    }
    if (base === null) return { fault: fault('machine_unreachable', 'This workspace is gone.') };
    const token = gateway.tokenFor(session.id);
    for (const name of gateways) Object.assign(env, gatewayVariables(name, agent, base, token));
    return { ok: env };
  }

  /** A machine that cannot be asked is left to the bridge, which says so when the agent does not start. */
  async #notInstalled(workspaceId: string, agent: KnownAgent): Promise<AgentFault | null> {
    const path = this.#deps.pathOf(workspaceId);
    if (agent.detect === null || path === null) return null;
    const key = `${workspaceId} ${agent.key} ${agent.command} ${path}`;
    if (this.#found.has(key)) return null;
    const command = shellCommand(
      `PATH=$2; export PATH; { ${agent.detect}; } >/dev/null 2>&1`,
      agent.command,
      path,
    );
    try {
      const { exitCode } = await this.#deps.exec(workspaceId, { command, timeoutMs: DETECT_MS });
      if (exitCode === 1 || exitCode === 127) return agentMissing(agent);
      if (exitCode === 0) this.#remember(key);
    } catch (error) {
      this.#deps.log.info({ err: error, workspace: workspaceId }, 'an agent could not be looked for');
    }
    return null;
  }

  #remember(key: string): void {
    if (this.#found.size >= MAX_FOUND) this.#found.clear();
    this.#found.add(key);
  }
}

const fault = (code: AgentFault['code'], message: string, details: string | null = null): AgentFault => ({
  code,
  message,
  details,
});

/** `details`: the secret's name, for the screen that asks for it. */
const keyMissing = ({ name }: KnownAgent, secret: string) =>
  fault('key_missing', `${name} needs ${secret}, which the organisation has not set. An admin can.`, secret);

/** `details`: the command that installs it. */
function agentMissing({ name, command, install }: KnownAgent): AgentFault {
  const how = install === null ? `There is no ${command} there.` : `Install it: ${install}`;
  return fault('agent_missing', `${name} is not installed on this machine. ${how}`, install);
}

const noWayBack = ({ name }: KnownAgent, error: unknown) =>
  fault(
    'machine_unreachable',
    `${name} uses its model through this server, which the machine cannot reach. Whoever runs the server can set PORTHOLE_MACHINE_URL to an address that it can.`,
    error instanceof PortholeError ? error.message : null,
  );
