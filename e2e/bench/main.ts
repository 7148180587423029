/** `pnpm bench [--quick] [--json FILE] [--only NAME]`: the budgets of DESIGN.md section 9, measured. */
import { parseArgs } from 'node:util';
import { startServer } from '../lib/server.ts';
import { startSshd } from '../lib/sshd.ts';
import { addHost, makeWorkspace, ownerOf, removeWorkspaces } from '../lib/world.ts';
import { agents } from './agents.ts';
import { firstScreen } from './first-screen.ts';
import { IdleMemory } from './idle-memory.ts';
import { MEMORY_PROBE } from './memory.ts';
import { print, type Row, save } from './report.ts';
import * as terminals from './terminals.ts';
import { timeline } from './timeline.ts';

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'string' }, only: { type: 'string' } },
});

type Measure = (bench: terminals.Bench) => Promise<Row[]>;

/** In the order in which they run. */
const measures: Record<string, Measure> = {
  echo: terminals.echo,
  flood: terminals.echoUnderFlood,
  throughput: terminals.throughput,
  reattach: terminals.reattach,
  stalled: terminals.stalledReader,
  agents,
  'first-screen': firstScreen,
  timeline,
};
const wanted = (name: string) => !values.only || values.only === name;

const sshd = await startSshd();
const server = await startServer({ nodeArgs: MEMORY_PROBE });
const rows: Row[] = [];
const idle = wanted('memory') ? await IdleMemory.start(sshd, values.quick ? 1 : 4) : null;
try {
  const world = await ownerOf(server);
  const hostId = await addHost(world, sshd);
  const { id: workspaceId } = await makeWorkspace(world, { provider: 'ssh', hostId });
  const bench = { server, sshd, world, workspaceId, quick: values.quick ?? false };
  for (const [name, measure] of Object.entries(measures)) {
    if (!wanted(name)) continue;
    take(await measure(bench));
    await idle?.goOn();
  }
  if (idle) take(await idle.finish());
  await removeWorkspaces(world);
} finally {
  await idle?.dispose();
  await server.dispose();
  await sshd.stop();
}

function take(measured: Row[]): void {
  for (const each of measured)
    process.stderr.write(`  ${each.name}: ${each.value.toFixed(2)} ${each.unit}\n`);
  rows.push(...measured);
}

print(rows);
if (values.json) save(values.json, rows);
process.exitCode = rows.every((r) => r.ok) ? 0 : 1;
