/** `pnpm bench [--quick] [--json FILE] [--only NAME]`: the budgets of DESIGN.md section 9, measured. */
import { parseArgs } from 'node:util';
import { startServer } from '../lib/server.ts';
import { startSshd } from '../lib/sshd.ts';
import { startTimelinePage } from '../lib/timeline-page.ts';
import { addHost, makeWorkspace, ownerOf, removeWorkspaces } from '../lib/world.ts';
import { agents } from './agents.ts';
import { firstScreen } from './first-screen.ts';
import { FULL_IDLE, IdleMemory, QUICK_IDLE } from './idle-memory.ts';
import { MEMORY_PROBE } from './memory.ts';
import { print, type Row, save } from './report.ts';
import * as terminals from './terminals.ts';
import { timeline } from './timeline.ts';

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'string' }, only: { type: 'string' } },
});

const quick = values.quick ?? false;
type Measure = (bench: terminals.Bench) => Promise<Row[]>;

const screens: Record<string, Measure> = {
  timeline: () => timeline(page, quick),
  'first-screen': firstScreen,
};
/** In the order in which they run. First those that a busy machine would spoil, with nothing beside them. */
const alone: Record<string, Measure> = {
  echo: terminals.echo,
  flood: terminals.echoUnderFlood,
  throughput: terminals.throughput,
  reattach: terminals.reattach,
  ...(quick ? {} : screens),
};
/** These go on while terminals beside them fall asleep, which takes these a moment after some ten seconds. */
const besideIdle: Record<string, Measure> = {
  ...(quick ? screens : {}),
  stalled: terminals.stalledReader,
  agents,
};
const wanted = (name: string) => !values.only || values.only === name;

const rows: Row[] = [];
const [sshd, server, page] = await Promise.all([
  startSshd(),
  startServer({ nodeArgs: MEMORY_PROBE }),
  wanted('timeline') ? startTimelinePage() : null,
]);
let idle: IdleMemory | null = null;
try {
  const world = await ownerOf(server);
  const hostId = await addHost(world, sshd);
  const { id: workspaceId } = await makeWorkspace(world, { provider: 'ssh', hostId });
  const bench = { server, sshd, world, workspaceId, quick };
  for (const [name, measure] of Object.entries(alone)) if (wanted(name)) take(await measure(bench));
  if (wanted('memory')) idle = await IdleMemory.start(sshd, quick ? QUICK_IDLE : FULL_IDLE);
  for (const [name, measure] of Object.entries(besideIdle)) {
    if (wanted(name)) take(await measure(bench));
    await idle?.goOn();
  }
  if (idle) take(await idle.finish());
  await removeWorkspaces(world);
} finally {
  await page?.dispose();
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
