/** The terminal rows of DESIGN.md section 9. Each measures the floor and ours in turn, so that both meet the same noise. */
import { endpoints } from '@porthole/shared/http';
import type { Server } from '../lib/server.ts';
import type { Sshd } from '../lib/sshd.ts';
import { TerminalClient } from '../lib/terminal-client.ts';
import { makeTerminal, type World } from '../lib/world.ts';
import { openFloor } from './floor.ts';
import { residentBytes } from './memory.ts';
import { becomeEcho, bulk, floorPipe, keystroke, type Pipe, run, viewerPipe } from './pipe.ts';
import { type Row, row } from './report.ts';
import { median, percentile } from './stats.ts';

export interface Bench {
  server: Server;
  sshd: Sshd;
  world: World;
  workspaceId: string;
  quick: boolean;
}

async function newViewer(bench: Bench): Promise<{ id: string; viewer: TerminalClient }> {
  const { id } = await makeTerminal(bench.world, bench.workspaceId);
  return { id, viewer: await TerminalClient.attach(bench.world.api, id) };
}

const end = async (pipe: Pipe, viewer: TerminalClient) => {
  pipe.write('\x03\x04');
  await viewer.close();
};

export async function echo(bench: Bench): Promise<Row[]> {
  const rounds = bench.quick ? 200 : 1_000;
  const floor = await openFloor(bench.sshd);
  const { viewer } = await newViewer(bench);
  const plain = floorPipe(floor.shell);
  const ours = viewerPipe(viewer);
  await becomeEcho(plain);
  await becomeEcho(ours);
  const floorMs: number[] = [];
  const oursMs: number[] = [];
  for (let i = 0; i < rounds + 20; i++) {
    const a = await keystroke(plain);
    const b = await keystroke(ours);
    if (i < 20) continue;
    floorMs.push(a);
    oursMs.push(b);
  }
  floor.end();
  await end(ours, viewer);
  return [
    row('keystroke echo, p50', 'ms', median(floorMs), median(oursMs), { atMost: 1.5 }),
    row('keystroke echo, p99', 'ms', percentile(floorMs, 99), percentile(oursMs, 99), { atMost: 2 }),
  ];
}

export async function echoUnderFlood(bench: Bench): Promise<Row[]> {
  const rounds = bench.quick ? 200 : 1_000;
  const quiet = await newViewer(bench);
  const flooded = await newViewer(bench);
  const ours = viewerPipe(quiet.viewer);
  await becomeEcho(ours);
  const flowing = new Promise<void>((resolve) => {
    flooded.viewer.onOutput = () => {
      if (flooded.viewer.seq > 1e6) resolve();
    };
  });
  flooded.viewer.type('yes\n');
  await flowing;
  const ms: number[] = [];
  for (let i = 0; i < rounds; i++) ms.push(await keystroke(ours));
  const stopping = performance.now();
  const stopped = flooded.viewer.waitFor('^C');
  flooded.viewer.type('\x03');
  await stopped;
  const interruptMs = performance.now() - stopping;
  await end(ours, quiet.viewer);
  await end(viewerPipe(flooded.viewer), flooded.viewer);
  return [
    row('echo while another terminal floods, p99', 'ms', null, percentile(ms, 99), { atMost: 15 }),
    row('Ctrl-C under yes, until output stops', 'ms', null, interruptMs, { atMost: 200 }),
  ];
}

/** Text lines of 80 columns from a file in the page cache. */
const bigOutput = (megabytes: number) =>
  `yes 'The quick brown fox jumps over the lazy dog, and then it does so once more, again.' | head -c ${megabytes}000000`;

export async function throughput(bench: Bench): Promise<Row[]> {
  const rounds = bench.quick ? 2 : 7;
  const command = bigOutput(bench.quick ? 20 : 100);
  const floor = await openFloor(bench.sshd);
  const { id, viewer } = await newViewer(bench);
  const plain = floorPipe(floor.shell);
  const ours = viewerPipe(viewer);
  await run(plain, `PS1=; stty -echo; printf 're%s\\n' ady`, 'ready');
  await run(ours, `PS1=; stty -echo; printf 're%s\\n' ady`, 'ready');
  const floorRates: number[] = [];
  const rates: number[] = [];
  for (let i = 0; i < rounds; i++) {
    floorRates.push(await bulk(plain, command, 'END~'));
    rates.push(await bulk(ours, command, 'END~'));
  }
  floor.end();
  const many = await tenViewers(bench, id, viewer, command, bench.quick ? 2 : 4);
  return [
    row('bulk output to one viewer', 'MB/s', median(floorRates), median(rates), { atLeast: 0.8 }),
    row('10 viewers, the slowest of them', 'MB/s', median(rates), median(many), { atLeast: 0.6 }),
  ];
}

async function tenViewers(
  bench: Bench,
  id: string,
  first: TerminalClient,
  command: string,
  rounds: number,
): Promise<number[]> {
  const others = await Promise.all(
    Array.from({ length: 9 }, () => TerminalClient.attach(bench.world.api, id)),
  );
  const slowest: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const pipes = [first, ...others].map(viewerPipe);
    const watched = pipes.slice(1).map((pipe) => bulk({ ...pipe, write: () => {} }, command, 'END~'));
    const rates = await Promise.all([bulk(pipes[0] as Pipe, command, 'END~'), ...watched]);
    slowest.push(Math.min(...rates));
  }
  await Promise.all(others.map((other) => other.close()));
  await end(viewerPipe(first), first);
  return slowest;
}

/** Resident memory under the same flood: with a reader, and after that reader has read nothing for 10 s. */
export async function stalledReader(bench: Bench): Promise<Row[]> {
  const seconds = bench.quick ? 4 : 10;
  const { id, viewer } = await newViewer(bench);
  viewer.type('yes\n');
  const before = await residentFor(bench, bench.quick ? 1.5 : 4);
  viewer.acknowledges = false;
  // A reader that has stopped reads nothing at all: neither application nor kernel.
  viewer.socket.pause();
  const after = await residentFor(bench, seconds);
  viewer.socket.resume();
  viewer.socket.terminate();
  // Or it would go on beside everything after it.
  await bench.world.api.call(endpoints.closeTerminal, { params: { terminal: id } });
  const grown = Math.max(0, after - before) / 2 ** 20;
  return [row(`a reader that stops for ${seconds} s under yes: growth`, 'MiB', null, grown, { atMost: 8 })];
}

/** The most seen in the last quarter of so many seconds. */
async function residentFor(bench: Bench, seconds: number): Promise<number> {
  const began = performance.now();
  const from = began + seconds * 750;
  let most = 0;
  while (performance.now() < began + seconds * 1_000) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (performance.now() > from) most = Math.max(most, residentBytes(bench.server.pid));
  }
  return most;
}

export async function reattach(bench: Bench): Promise<Row[]> {
  const rounds = bench.quick ? 15 : 60;
  const { id, viewer } = await newViewer(bench);
  const ours = viewerPipe(viewer);
  await run(
    ours,
    `PS1='$ '; stty -echo; seq -f '%06g The quick brown fox jumps over the lazy dog.' 5100; printf 're%s\\n' ady`,
    'ready',
  );
  await viewer.close();
  const ms: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const began = performance.now();
    const again = await TerminalClient.attach(bench.world.api, id);
    ms.push(performance.now() - began);
    await again.close();
  }
  return [row('reattach, 5,000 lines behind it, p50', 'ms', null, median(ms), { atMost: 60 })];
}
