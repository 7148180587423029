/**
 * `bridge.mjs`: what Porthole puts on a machine to run coding agents there. One file, needs nothing but Node 20.
 *
 *   attach <folder>            join stdin and stdout to the folder's daemon, which is started where it does not run
 *   daemon <folder>            run agents, keep their events until they are acknowledged
 *   outbound <folder> <url>    the same over a WebSocket to the server; the token in PORTHOLE_BRIDGE_TOKEN (or a file
 *                              that PORTHOLE_BRIDGE_TOKEN_FILE names), never in an argument
 *   scripted-agent             an agent without a model, for trying things out
 */
import { attach } from './attach.ts';
import { runDaemon } from './daemon.ts';
import { EXIT, ExitError } from './exit.ts';
import { outbound } from './outbound.ts';
import { runScriptedAgent } from './scripted/agent.ts';

const USAGE =
  'usage: bridge.mjs attach <folder> | daemon <folder> | outbound <folder> <url> | scripted-agent';

async function main([command, folder, url]: string[]): Promise<void> {
  if (command === 'attach' && folder) return await attach(folder, process.stdin, process.stdout);
  if (command === 'daemon' && folder) return await runDaemon(folder, process.env);
  if (command === 'outbound' && folder && url) return await outbound(folder, url, process.env);
  if (command === 'scripted-agent') return await runScriptedAgent(process.env);
  throw new ExitError(EXIT.usage, USAGE);
}

main(process.argv.slice(2)).then(
  () => process.exit(EXIT.ok),
  (error: unknown) => {
    console.error(`porthole bridge: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(error instanceof ExitError ? error.code : 1);
  },
);
