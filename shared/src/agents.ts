/** Which agents there are. A built-in one is known to every server; an organisation may add any ACP command. */
import * as z from 'zod/mini';

export interface BuiltInAgent {
  id: string;
  name: string;
  /** One line for a list. */
  about: string;
  /** On the machine. `bridge` in place of a path: a program that the bridge brings along. */
  command: string;
  args: readonly string[];
  /** A shell command that succeeds where it is installed; null: it comes with the bridge. */
  detect: string | null;
  /** What a person may run to install it; also offered as a button. */
  install: string | null;
  /** Names of organisation secrets, one of which it needs: given to it through the model gateway. */
  needs: readonly { secret: string; gateway: 'anthropic' | 'openai' | null }[];
}

/** Needs no key: it does what a prompt lists, with real effects. Says of itself that it is scripted. */
export const SCRIPTED_AGENT = 'scripted';

export const BUILT_IN_AGENTS: readonly BuiltInAgent[] = [
  {
    id: 'claude',
    name: 'Claude Code',
    about: 'Anthropic’s coding agent, through its ACP adapter',
    command: 'claude-agent-acp',
    args: [],
    detect: 'command -v claude-agent-acp',
    install: 'npm install -g @agentclientprotocol/claude-agent-acp@0.100.0',
    needs: [{ secret: 'ANTHROPIC_API_KEY', gateway: 'anthropic' }],
  },
  {
    id: 'codex',
    name: 'Codex',
    about: 'OpenAI’s coding agent, through its ACP adapter',
    command: 'codex-acp',
    args: [],
    detect: 'command -v codex-acp',
    install: 'npm install -g @agentclientprotocol/codex-acp@2.6.0',
    needs: [{ secret: 'OPENAI_API_KEY', gateway: 'openai' }],
  },
  {
    id: 'gemini',
    name: 'Gemini',
    about: 'Google’s coding agent',
    command: 'gemini',
    args: ['--acp'],
    detect: 'command -v gemini',
    install: 'npm install -g @google/gemini-cli@0.61.0',
    needs: [{ secret: 'GEMINI_API_KEY', gateway: null }],
  },
  {
    id: SCRIPTED_AGENT,
    name: 'Scripted agent',
    about: 'No model and no key: it does what your prompt lists. For trying Porthole out',
    command: 'bridge',
    args: ['scripted-agent'],
    detect: null,
    install: null,
    needs: [],
  },
];

/** The model gateway that keeps this secret, whichever agent is to be given it; null: the agent gets it as it is. */
export const gatewayOf = (secret: string): 'anthropic' | 'openai' | null =>
  BUILT_IN_AGENTS.flatMap(({ needs }) => needs).find((need) => need.secret === secret)?.gateway ?? null;

/** `claude`, or the id of one that the organisation has added. */
export const AgentKey = z.string().check(z.regex(/^([a-z][a-z0-9-]{0,30}|agt_[0-9a-hjkmnp-tv-z]{20})$/));

/** Environment variables' names. */
export const SecretName = z.string().check(z.regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'letters, digits and _ only'));
