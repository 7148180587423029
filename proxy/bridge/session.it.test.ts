// A bridge, its daemon and the scripted agent as real processes on a real checkout: what a turn says.
import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from './test/ports.ts';
import { startSession, startWorld, tools } from './test/started.ts';
import { ada, endProcess, id } from './test/world.ts';

describe('a turn', () => {
  it('[AG6] opens, runs a command, says something and ends', async () => {
    const { proxy, session } = await startSession();
    const prompt = id('prompt');
    proxy.prompt(session, prompt, 'say Hello there\nrun echo from the checkout; ls');
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'done', fault: null });
    const { log } = proxy;
    expect(log.ofType('agent_ready')).toMatchObject([{ name: 'Scripted agent (no model)', resumed: false }]);
    expect(log.ofType('turn_started')).toEqual([{ type: 'turn_started', turn: prompt }]);
    expect(log.ofType('text')).toMatchObject([{ kind: 'message', text: 'Hello there' }]);
    const output = 'from the checkout\nREADME.md\n';
    expect(tools(proxy)).toMatchObject([
      {
        title: 'echo from the checkout; ls',
        kind: 'execute',
        status: 'done',
        content: [{ output, exitCode: 0 }],
      },
    ]);
    expect(log.ofType('options')[0]?.options.map(({ id }) => id)).toEqual(['mode', 'pace']);
    expect(log.ofType('commands')[0]?.commands.map(({ name }) => name)).toEqual(['help', 'tour']);
    expect(log.ofType('usage')).toHaveLength(1);
    expect(proxy.agentSessions).toHaveLength(1);
  });

  it('says one thing after another in paragraphs', async () => {
    const { proxy, session } = await startSession();
    const prompt = id('prompt');
    proxy.prompt(session, prompt, 'say One.\nsay Two.\nthink so\nsay Three.');
    await proxy.ended(prompt);
    const texts = proxy.log.ofType('text').map(({ kind, text }) => [kind, text]);
    expect(texts).toEqual([
      ['message', 'One.\n\nTwo.'],
      ['thought', 'so'],
      ['message', 'Three.'],
    ]);
  });

  it('[AG4] shows what a command prints while it runs, with its user’s umask', async () => {
    const { world, proxy, session } = await startSession();
    const prompt = id('prompt');
    const gate = join(world.root, 'gate');
    proxy.prompt(
      session,
      prompt,
      `run umask; until [ -e ${gate} ]; do sleep 0.05; done; echo last >&2; exit 3`,
    );
    const umask = process.umask().toString(8).padStart(4, '0');
    const running = { kind: 'terminal', output: `${umask}\n`, exitCode: null };
    await proxy.until(() => JSON.stringify(tools(proxy)[0]?.content) === JSON.stringify([running]));
    writeFileSync(gate, '');
    await proxy.ended(prompt);
    expect(tools(proxy)[0]).toMatchObject({
      status: 'failed',
      content: [{ output: `${umask}\nlast\n`, exitCode: 3 }],
    });
  });

  it('[AG6] a command ends although what it left in the background holds its output', async () => {
    const { proxy, session } = await startSession();
    const prompt = id('prompt');
    proxy.prompt(session, prompt, 'run (setsid sleep 5 &); echo started\nrun (sleep 5 &); echo again');
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'done' });
    expect(tools(proxy).map(({ content }) => content)).toMatchObject([
      [{ output: 'started\n', exitCode: 0 }],
      [{ output: 'again\n', exitCode: 0 }],
    ]);
  });

  it('[AG4] edits, reads, plans, and says which files differ', async () => {
    const { world, proxy, session } = await startSession();
    const prompt = id('prompt');
    const script = [
      'plan one; two; three',
      'edit src/new.txt a\\nb\\n',
      'append README.md three\\n',
      'read README.md',
    ];
    proxy.prompt(session, prompt, script.join('\n'));
    await proxy.ended(prompt);
    const [written, appended, read] = tools(proxy);
    expect(written).toMatchObject({ kind: 'edit', status: 'done', files: ['src/new.txt'] });
    expect(written?.content).toEqual([{ kind: 'diff', path: 'src/new.txt', before: null, after: 'a\nb\n' }]);
    expect(appended?.content).toMatchObject([{ before: 'one\ntwo\n', after: 'one\ntwo\nthree\n' }]);
    expect(read?.content).toEqual([{ kind: 'text', text: 'one\ntwo\nthree\n' }]);
    expect(JSON.parse(read?.input ?? '')).toEqual({ path: 'README.md' });
    expect(readFileSync(join(world.cwd, 'src/new.txt'), 'utf8')).toBe('a\nb\n');
    expect(
      proxy.log
        .ofType('plan')
        .at(-1)
        ?.entries.map(({ status }) => status),
    ).toEqual(['done', 'done', 'done']);
    expect(proxy.log.ofType('files').at(-1)).toEqual({
      type: 'files',
      files: [
        { path: 'README.md', status: 'modified', additions: 1, deletions: 0 },
        { path: 'src/new.txt', status: 'untracked', additions: 2, deletions: 0 },
      ],
      more: 0,
    });
  });

  it('[SE5] keeps an agent’s files within the checkout', async () => {
    const { world, proxy, session } = await startSession();
    const prompt = id('prompt');
    world.git('config', 'core.symlinks', 'true');
    const { symlinkSync } = await import('node:fs');
    symlinkSync(world.root, join(world.cwd, 'out'));
    const script = ['read ../bridge.mjs', 'edit out/escaped.txt x', 'edit /etc/porthole x', 'read README.md'];
    proxy.prompt(session, prompt, script.join('\n'));
    await proxy.ended(prompt);
    expect(tools(proxy).map(({ status }) => status)).toEqual(['failed', 'failed', 'failed', 'done']);
  });

  it('[AG5] commits as the author of each prompt', async () => {
    const { world, proxy, session } = await startSession({
      GIT_AUTHOR_NAME: 'Nobody',
      GIT_COMMITTER_EMAIL: 'nobody@x',
    });
    const commit = (name: string) => `run echo ${name} > ${name} && git add . && git commit -qm ${name}`;
    const [first, second] = [id('prompt'), id('prompt')];
    proxy.prompt(session, first, commit('one'), { author: ada });
    await proxy.ended(first);
    proxy.prompt(session, second, commit('two'), {
      author: { name: 'Grace <H>', email: 'grace@example.com' },
    });
    await proxy.ended(second);
    expect(world.git('log', '--format=%an|%ae|%cn|%ce')).toBe(
      [
        'Grace H|grace@example.com|Grace H|grace@example.com',
        'Ada "the first" Lovelace|ada@example.com|Ada "the first" Lovelace|ada@example.com',
        'Repository|repository@example.com|Repository|repository@example.com',
      ].join('\n'),
    );
    expect(
      proxy.log
        .ofType('files')
        .at(-1)
        ?.files.map(({ path }) => path),
    ).toEqual(['one', 'two']);
  });

  it('[AG4] a prompt sent again is not begun again, also after it has ended', async () => {
    const { world, proxy, session } = await startSession();
    const prompt = id('prompt');
    const send = () => proxy.prompt(session, prompt, 'run echo x >> count\nsay done');
    send();
    send();
    await proxy.ended(prompt);
    send();
    const after = id('prompt');
    proxy.prompt(session, after, 'read count');
    await proxy.ended(after);
    expect(readFileSync(join(world.cwd, 'count'), 'utf8')).toBe('x\n');
    expect(proxy.log.ofType('turn_started')).toHaveLength(2);
  });

  it('[AG4] a prompt that no agent had seen when the bridge was killed is begun by the next one', async () => {
    const world = await startWorld();
    const gate = join(world.root, 'gate');
    const script = `until [ -e ${gate} ]; do sleep 0.02; done; exec ${process.execPath} ${world.program} scripted-agent`;
    const slow = { command: 'sh', args: ['-c', script], env: {} };
    const [session, prompt] = [id('session'), id('prompt')];
    const first = world.attach();
    await first.hello();
    first.open(session, slow);
    first.prompt(session, prompt, 'run echo x >> count');
    first.send({ type: 'ping', id: 1 });
    await first.until(() => first.pongs.length === 1);
    await endProcess(world.daemons()[0] as number, 'SIGKILL');
    await first.exited;
    writeFileSync(gate, '');
    const second = world.attach();
    await second.hello(first.log);
    second.open(session, slow);
    second.prompt(session, prompt, 'run echo x >> count');
    second.prompt(session, prompt, 'run echo x >> count');
    expect(await second.ended(prompt)).toMatchObject({ outcome: 'done' });
    expect(readFileSync(join(world.cwd, 'count'), 'utf8')).toBe('x\n');
    expect(second.log.ofType('turn_started')).toHaveLength(1);
  });

  it('fails with the agent’s own words, and the next prompt goes on', async () => {
    const { proxy, session } = await startSession();
    const [failed, died, after] = [id('prompt'), id('prompt'), id('prompt')];
    proxy.prompt(session, failed, 'fail The model is overloaded');
    expect(await proxy.ended(failed)).toMatchObject({
      outcome: 'failed',
      fault: { code: 'agent_refused', message: 'The model is overloaded' },
    });
    proxy.prompt(session, died, 'say almost\nexit 3');
    expect(await proxy.ended(died)).toMatchObject({
      outcome: 'failed',
      fault: {
        code: 'agent_exited',
        message: 'The agent ended in mid-turn (exit code 3)',
        details: 'scripted agent: told to exit with 3',
      },
    });
    proxy.prompt(session, after, 'context');
    expect(await proxy.ended(after)).toMatchObject({ outcome: 'done' });
    expect(proxy.log.ofType('agent_ready').map(({ resumed }) => resumed)).toEqual([false, true]);
    expect(proxy.log.ofType('text').at(-1)?.text).toBe('I remember 2 prompts before this one.');
  });

  it('says which agent is missing, and which one ends at once', async () => {
    const world = await startWorld();
    const proxy = world.attach();
    await proxy.hello();
    const [missing, ending, prompt] = [id('session'), id('session'), id('prompt')];
    proxy.open(missing, { command: 'no-such-agent', args: [], env: {} });
    await proxy.until(() => proxy.log.ofType('agent_failed').length === 1);
    proxy.open(ending, { command: 'sh', args: ['-c', 'echo no key >&2; exit 4'], env: {} });
    proxy.prompt(ending, prompt, 'say x');
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'failed', fault: { code: 'agent_exited' } });
    expect(proxy.log.ofType('agent_failed')).toMatchObject([
      { fault: { code: 'agent_missing', message: 'no-such-agent is not installed on this machine' } },
      { fault: { code: 'agent_exited', details: 'no key' } },
    ]);
  });

  it('gives attachments to the agent, and finds what the work yields', async () => {
    const { proxy, session } = await startSession();
    const prompt = id('prompt');
    const free = await freePort();
    const url = 'https://github.com/porthole/porthole/pull/12';
    const data = Buffer.from('hello').toString('base64');
    const meta = { id: id('attachment'), name: '../note.txt', mediaType: 'text/plain', size: 5 };
    const script = [`pull request ${url}`, `preview ${free}`, 'image', 'run echo http://localhost:1'];
    proxy.prompt(session, prompt, script.join('\n'), { attachments: [{ meta, data }] });
    await proxy.ended(prompt);
    expect(proxy.log.ofType('artifact').map(({ artifact }) => artifact)).toEqual([
      { key: `pull_request ${url}`, kind: 'pull_request', title: 'porthole/porthole #12', url },
      { key: `preview ${free}`, kind: 'preview', title: `Port ${free}`, url: `http://localhost:${free}` },
    ]);
    expect(tools(proxy)[2]?.content).toMatchObject([{ kind: 'image', mediaType: 'image/png' }]);
  });

  it('reports pictures that a tool shows or that were written into the checkout, each once, and none of before', async () => {
    const png = Buffer.from('89504e470d0a1a0a', 'hex');
    const { world, proxy, session } = await startSession();
    writeFileSync(join(world.cwd, 'before.png'), png);
    utimesSync(join(world.cwd, 'before.png'), 1, 1);
    const write = (path: string, text: string) =>
      `run node -e "require('fs').writeFileSync('${path}', Buffer.from('${png.toString('hex')}${text}', 'hex'))"`;
    const [first, second] = [id('prompt'), id('prompt')];
    const script = ['image', write('shot.png', '01'), write('notes.txt', '02'), 'image'];
    proxy.prompt(session, first, script.join('\n'));
    await proxy.ended(first);
    const names = () => proxy.log.images.map(({ name }) => name);
    expect(names().sort()).toEqual(['Draw a picture', 'shot.png']);
    const shot = proxy.log.images.find(({ name }) => name === 'shot.png')!;
    expect(Buffer.from(shot.data, 'base64')).toEqual(Buffer.concat([png, Buffer.from([1])]));
    // Written again it is another one; as it was it is not.
    proxy.prompt(session, second, [write('shot.png', '03'), 'run ln -s /etc/hostname link.png'].join('\n'));
    await proxy.ended(second);
    expect(names().slice(2)).toEqual(['shot.png']);
  });
});

describe('the scripted agent', () => {
  it('fails by what the machine lacks, which is no word of the agent’s', async () => {
    const { world, proxy, session } = await startSession();
    const prompt = id('prompt');
    const meta = { id: id('attachment'), name: 'a.bin', mediaType: 'application/octet-stream', size: 1 };
    rmSync(join(world.state, 'attachments'), { recursive: true });
    writeFileSync(join(world.state, 'attachments'), '');
    proxy.prompt(session, prompt, 'say no', { attachments: [{ meta, data: 'YQ==' }] });
    const fault = { code: 'internal', message: expect.stringContaining('ENOTDIR') };
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'failed', fault });
  });

  it('shows itself on a tour: a plan, commands, an edit, a question', async () => {
    const { world, proxy, session } = await startSession();
    const prompt = id('prompt');
    proxy.prompt(session, prompt, '/tour');
    await proxy.until(() => proxy.log.ofType('permission_asked').length === 1);
    expect(readFileSync(join(world.cwd, 'porthole-tour.md'), 'utf8')).toContain('# A note');
    const request = proxy.log.ofType('permission_asked')[0]?.request ?? '';
    proxy.send({ type: 'answer', session, request, option: 'always' });
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'done' });
    expect(tools(proxy).map(({ kind, status }) => [kind, status])).toEqual([
      ['execute', 'done'],
      ['edit', 'done'],
      ['other', 'done'],
      ['execute', 'done'],
    ]);
    expect(
      proxy.log
        .ofType('plan')
        .at(-1)
        ?.entries.every(({ status }) => status === 'done'),
    ).toBe(true);
    expect(existsSync(join(world.cwd, 'porthole-tour.md'))).toBe(false);
    expect(proxy.log.ofType('text').map(({ kind }) => kind)).toEqual(['thought', 'message', 'message']);
  });

  it('says what it can do, and that it has no model', async () => {
    const { proxy, session } = await startSession();
    const prompt = id('prompt');
    proxy.prompt(session, prompt, 'Please refactor everything');
    await proxy.ended(prompt);
    expect(proxy.log.ofType('text')[0]?.text).toMatch(
      /^I am the scripted agent: no model, no key\.[\s\S]*\/tour/,
    );
  });

  it('asks first where it was told to, and does not do what was rejected', async () => {
    const { world, proxy, session } = await startSession();
    const prompt = id('prompt');
    proxy.prompt(session, prompt, 'run touch made', { choices: { mode: 'ask' } });
    await proxy.until(() => proxy.log.ofType('permission_asked').length === 1);
    const request = proxy.log.ofType('permission_asked')[0]?.request ?? '';
    proxy.send({ type: 'answer', session, request, option: 'reject' });
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'done' });
    expect(tools(proxy)).toMatchObject([{ kind: 'execute', status: 'failed' }]);
    expect(existsSync(join(world.cwd, 'made'))).toBe(false);
  });
});
