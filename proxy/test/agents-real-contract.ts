/**
 * What every real agent must do through a whole proxy: the flow of a session as people have it. Run on each of them that
 * is installed (agents-real-kit).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  environOf,
  FILE,
  KEY,
  programOf,
  REAL_MS,
  type RealAgent,
  type RealWorld,
  realWorld,
} from './agents-real-kit.ts';

export interface AgentUnderTest extends RealAgent {
  /** The header of a model's request that has the key; null: it does not go through the gateway. */
  keyHeader: string | null;
  /** Choices under which it asks a person before it does something. */
  careful: Record<string, string>;
  /** Of its own options, by category. */
  offers: string[];
  /** What this version does not say over ACP. */
  silentOn?: readonly ('output' | 'context')[];
  /** Before it is resumed within a minute. `home`: of the machine's user. */
  beforeResume?: (home: string) => void;
}

export function realAgentContract(name: string, agent: AgentUnderTest): void {
  const says = (what: 'output' | 'context') => !agent.silentOn?.includes(what);
  describe.runIf(programOf(agent.key))(`${name}, as it is installed`, { timeout: REAL_MS }, () => {
    let world: RealWorld;
    beforeAll(async () => {
      world = await realWorld(agent);
    }, REAL_MS);
    afterAll(() => world?.dispose());

    it('[AG6] [AG7] [AG5] runs a command that a person allows, and commits as who asked for it', async () => {
      const session = await world.begin('Make a commit', agent.careful);
      expect(await session.allow()).toMatchObject({ kind: 'execute' });
      expect(await session.ended()).toMatchObject({ outcome: 'done', fault: null });
      expect(world.git('log', '-1', '--format=%an|%ce|%s')).toBe('Ana Owner|ana@example.com|made');
      expect(session.text).toContain('It is made.');
      const tools = session.events.filter((e) => e.type === 'tool');
      expect(tools.some((e) => e.type === 'tool' && e.status === 'done')).toBe(true);
      if (says('output')) expect(JSON.stringify(tools)).toContain('Ana Owner ana@example.com made');
      const files = session.tab.events.filter((e) => e.type === 'files').at(-1);
      expect(files).toMatchObject({ files: [{ path: 'made.txt', status: 'added', additions: 1 }] });
      const options = session.tab.events.filter((e) => e.type === 'options').at(-1);
      const offered = options?.type === 'options' ? options.options.map(({ category }) => category) : [];
      expect(offered).toEqual(expect.arrayContaining(agent.offers));
    });

    it('[AG7] writes a file that a person allows, and shows what it changed', async () => {
      const session = await world.begin('Write a file', agent.careful);
      await session.event('permission_asked');
      expect(existsSync(join(world.folder, FILE))).toBe(false);
      expect(await session.allow()).toMatchObject({ kind: 'edit' });
      expect(await session.ended()).toMatchObject({ outcome: 'done', fault: null });
      expect(readFileSync(join(world.folder, FILE), 'utf8')).toBe('hello\n');
      const diffs = session.events.flatMap((e) => (e.type === 'tool' ? (e.content ?? []) : []));
      expect(diffs).toContainEqual(expect.objectContaining({ kind: 'diff', path: FILE, after: 'hello\n' }));
    });

    it('[AG5] is stopped in mid-answer, and then goes on', async () => {
      const session = await world.begin('The word is plum');
      await session.ended();
      await session.send('Tell a story');
      await session.until(() => [...session.tab.texts.values()].some((text) => text.includes('Once upon')));
      await session.stop();
      expect(await session.ended()).toMatchObject({ outcome: 'stopped' });
      // By the agent itself: after a kill it would be started anew.
      const starts = () => session.tab.events.filter(({ type }) => type === 'agent_ready').length;
      expect(starts()).toBe(1);
      await session.send('What did I say?');
      expect(await session.ended()).toMatchObject({ outcome: 'done' });
      expect(session.text).toContain('The word is plum');
      expect(starts()).toBe(1);
    });

    it('[AG4] [AG6] knows what was said after its bridge, and it with it, was killed', async () => {
      const session = await world.begin('The word is plum');
      expect(await session.ended()).toMatchObject({ outcome: 'done' });
      await world.killBridge();
      agent.beforeResume?.(world.home);
      await session.send('What did I say?');
      expect(await session.ended()).toMatchObject({ outcome: 'done', fault: null });
      const starts = session.tab.events.filter(({ type }) => type === 'agent_ready');
      expect(starts).toMatchObject([{ resumed: false }, { resumed: true }]);
      expect(session.text).toContain('You said: ');
      expect(session.text).toContain('The word is plum');
    });

    it.runIf(says('context'))('says how full its context is', async () => {
      const session = await world.begin('Hello');
      expect(await session.event('usage', ({ used }) => used > 0)).toMatchObject({ type: 'usage' });
      await session.ended();
    });

    it.runIf(agent.keyHeader)('[SE4] has a token, while the key is nowhere on the machine', async () => {
      const session = await world.begin('Make a commit', agent.careful);
      await session.event('permission_asked');
      const environments = world.processes().map(environOf);
      expect(environments.length).toBeGreaterThan(1);
      for (const environment of environments) expect(environment).not.toContain(KEY);
      await session.allow();
      await session.ended();
      const keys = world.fake.asked.map(({ headers }) => headers[agent.keyHeader ?? '']);
      expect(keys.length).toBeGreaterThan(0);
      for (const key of keys) expect(key).toContain(KEY);
      const { rows } = await world.owner.client.call('getUsage', { params: { org: world.owner.org } });
      expect(rows.reduce((sum, row) => sum + row.outputTokens, 0)).toBeGreaterThan(0);
    });
  });
}
