/**
 * Pure: how an agent is started. Invariant: a key of a model service that goes through the gateway is not in here; its
 * agent is given a token of its session and the gateway's address instead.
 */
import { BUILT_IN_AGENTS, type BuiltInAgent, gatewayOf } from '@porthole/shared/agents';
import type { OfferedAgent } from '@porthole/shared/api/agents';
import type { AgentRow } from '@porthole/shared/rows';

export type GatewayName = 'anthropic' | 'openai';

/** A built-in agent, or one of the organisation's, in one shape. */
export interface KnownAgent {
  key: string;
  name: string;
  about: string;
  builtIn: boolean;
  command: string;
  args: readonly string[];
  /** null: it comes with the bridge. */
  detect: string | null;
  install: string | null;
  /** Of built-in ones any will do; of an organisation's own all are needed. */
  needs: readonly { secret: string; gateway: GatewayName | null }[];
  needsAll: boolean;
}

export const builtIn = (agent: BuiltInAgent): KnownAgent => {
  const { id: key, name, about, command, args, detect, install, needs } = agent;
  return { key, name, about, command, args, detect, install, needs, builtIn: true, needsAll: false };
};

export const findBuiltIn = (key: string): KnownAgent | null => {
  const found = BUILT_IN_AGENTS.find(({ id }) => id === key);
  return found ? builtIn(found) : null;
};

export function ownAgent(row: AgentRow): KnownAgent {
  return {
    key: row.id,
    name: row.name,
    about: [row.command, ...row.args].join(' ').slice(0, 200),
    builtIn: false,
    command: row.command,
    args: row.args,
    detect: 'command -v -- "$1"',
    install: null,
    needs: row.secrets.map((secret) => ({ secret, gateway: gatewayOf(secret) })),
    needsAll: true,
  };
}

/** Secrets that it needs and that are not among those that are set. */
export function missingSecrets(agent: KnownAgent, set: ReadonlySet<string>): string[] {
  const missing = agent.needs.map(({ secret }) => secret).filter((secret) => !set.has(secret));
  const enough = agent.needsAll ? missing.length === 0 : missing.length < agent.needs.length;
  return enough ? [] : missing;
}

export const offered = (agent: KnownAgent, set: ReadonlySet<string>): OfferedAgent => ({
  key: agent.key,
  name: agent.name,
  about: agent.about,
  builtIn: agent.builtIn,
  missing: missingSecrets(agent, set),
  install: agent.install,
});

/** What makes an agent's client talk to the gateway. `base`: this server, as the machine reaches it. */
export function gatewayVariables(
  gateway: GatewayName,
  agent: Pick<KnownAgent, 'key'>,
  base: string,
  token: string,
): Record<string, string> {
  const url = `${base}/ai/${gateway}`;
  if (gateway === 'openai') {
    if (agent.key === 'codex') return codexVariables(`${url}/v1`, token);
    return { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: token, CODEX_API_KEY: token };
  }
  const common = { ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: token };
  // Its own telemetry and updates would go past the gateway. A key beside the token would be asked about.
  if (agent.key === 'claude') return { ...common, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' };
  return { ...common, ANTHROPIC_API_KEY: token };
}

/**
 * Codex looks at no address in a variable: only at its configuration, which its adapter takes as JSON. With a provider
 * of our own nobody signs in, so the token is not written to the home folder, where all sessions would share it; and
 * there is no try over a WebSocket, which the gateway has not.
 */
function codexVariables(url: string, token: string): Record<string, string> {
  const provider = {
    name: 'OpenAI through Porthole',
    base_url: url,
    env_key: 'CODEX_API_KEY',
    wire_api: 'responses',
  };
  const config = {
    model_provider: 'porthole',
    model_providers: { porthole: provider },
    analytics: { enabled: false },
  };
  return { CODEX_API_KEY: token, MODEL_PROVIDER: 'porthole', CODEX_CONFIG: JSON.stringify(config) };
}
