// What a session's work yields besides words, over a real bridge: servers that come and go, files that differ no more.
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { freePort, serverAt } from './test/ports.ts';
import { startSession } from './test/started.ts';
import { endProcess, id } from './test/world.ts';

const addresses = Object.values(networkInterfaces()).flatMap((each) => each?.map(({ address }) => address));
/** Some machines have IPv4 alone. */
const loopback = ['127.0.0.1', '::1'].filter((address) => addresses.includes(address));

describe('what a session yields', () => {
  it.each(loopback)(
    '[AG10] offers a server on %s alone, and says when it has ended and is there again',
    async (host) => {
      const { proxy, session } = await startSession();
      const port = await freePort();
      const said = () => proxy.log.ofType('artifact').map(({ artifact: { title, url } }) => [title, url]);
      const turn = async (script: string) => {
        const prompt = id('prompt');
        proxy.prompt(session, prompt, script);
        await proxy.ended(prompt);
      };
      const [there, over] = [
        [`Port ${port}`, `http://localhost:${port}`],
        [`Port ${port} (ended)`, null],
      ];
      let server = await serverAt(host, port);
      await turn(`run echo http://${host === '::1' ? '[::1]' : host}:${port}`);
      expect(said()).toEqual([there]);
      await turn('say it runs');
      await new Promise((resolve) => server.close(resolve));
      await turn('say it has ended');
      expect(said()).toEqual([there, over]);
      server = await serverAt(host, port);
      await turn('say it runs again');
      expect(said()).toEqual([there, over, there]);
      await new Promise((resolve) => server.close(resolve));
    },
  );

  it('says that nothing differs any more also when the bridge is another one than the one that said what did', async () => {
    const { world, proxy, session } = await startSession();
    const [before, after, last] = [id('prompt'), id('prompt'), id('prompt')];
    proxy.prompt(session, before, 'edit README.md changed');
    await proxy.ended(before);
    expect(proxy.log.ofType('files').at(-1)?.files).toMatchObject([{ path: 'README.md' }]);
    await endProcess(world.daemons()[0] as number);
    await proxy.exited;
    world.git('checkout', '-q', '.');
    const next = world.attach();
    await next.hello(proxy.log);
    next.open(session);
    next.prompt(session, after, 'say looked');
    await next.ended(after);
    expect(next.log.ofType('files').at(-1)).toEqual({ type: 'files', files: [], more: 0 });
    const said = next.log.ofType('files').length;
    next.prompt(session, last, 'say looked again');
    await next.ended(last);
    expect(next.log.ofType('files')).toHaveLength(said);
  });
});
