import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { ErrorBody } from '@porthole/shared';
import { type EndpointName, endpoints } from '@porthole/shared/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/lib/ids.ts';
import { plainSession } from './agents-link-kit.ts';
import { addStranger, Client, type Person, signUpOwner, startProxy } from './harness.ts';
import { insertEndedTerminal } from './terminal-rows.ts';

let proxy: Awaited<ReturnType<typeof startProxy>>;
let owner: Person;
let web: string;
const script = `console.log(${JSON.stringify('x'.repeat(5_000))})`;
beforeAll(async () => {
  web = mkdtempSync(join(tmpdir(), 'porthole-web-'));
  mkdirSync(join(web, 'dist', 'assets'), { recursive: true });
  writeFileSync(join(web, 'secret.txt'), 'outside');
  const dist = join(web, 'dist');
  writeFileSync(join(dist, 'index.html'), '<!doctype html><title>Porthole</title>');
  writeFileSync(join(dist, 'service-worker.js'), 'self');
  writeFileSync(join(dist, '.env'), 'hidden');
  writeFileSync(join(dist, 'assets', 'index-BxK3lq9Z.js'), script);
  proxy = await startProxy({ webRoot: dist });
  owner = await signUpOwner(proxy);
});
afterAll(async () => {
  await proxy.dispose();
  rmSync(web, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) =>
  new Client(proxy.url).raw('GET', path, { headers });
const codeOf = async (answer: Response) => ErrorBody.parse(await answer.json()).error.code;

describe('the app', () => {
  it('is served at every route of its own; files are files, and nothing outside is served', async () => {
    for (const path of ['/', '/settings/devices', '/invite', '/w/wsp_x?y=1']) {
      const answer = await get(path);
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
        path,
        200,
        'text/html; charset=utf-8',
      ]);
      expect(answer.headers.get('cache-control')).toBe('no-cache');
    }
    expect((await get('/missing.js')).status).toBe(404);
    for (const path of [
      '/.env',
      '/assets/../.env',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/%00.js',
      '/%',
    ])
      expect(await (await get(path)).text()).not.toMatch(/hidden|outside/);
    expect((await get('/ws/sync')).status).toBe(404);
  });

  it('is kept by browsers where its name has the hash, and asked for each time where not', async () => {
    const asset = await get('/assets/index-BxK3lq9Z.js');
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const worker = await get('/service-worker.js');
    expect(worker.headers.get('cache-control')).toBe('no-cache');
    const again = await get('/service-worker.js', { 'if-none-match': worker.headers.get('etag')! });
    expect([again.status, await again.text()]).toEqual([304, '']);
    writeFileSync(join(web, 'dist', 'service-worker.js'), 'newer!');
    expect((await get('/service-worker.js', { 'if-none-match': worker.headers.get('etag')! })).status).toBe(
      200,
    );
  });

  it('is compressed as the browser can', async () => {
    const raw = (accept: string) =>
      new Promise<{ head: string; body: Buffer }>((resolve) => {
        const socket = connect(proxy.server.port, '127.0.0.1');
        const chunks: Buffer[] = [];
        socket.on('data', (chunk) => chunks.push(chunk));
        socket.on('close', () => {
          const all = Buffer.concat(chunks);
          const end = all.indexOf('\r\n\r\n');
          resolve({ head: all.subarray(0, end).toString().toLowerCase(), body: all.subarray(end + 4) });
        });
        socket.write(
          `GET /assets/index-BxK3lq9Z.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: ${accept}\r\n\r\n`,
        );
      });
    const br = await raw('gzip, br');
    expect(br.head).toContain('content-encoding: br');
    expect(brotliDecompressSync(br.body).toString()).toBe(script);
    expect(br.body.length).toBeLessThan(200);
    const gzip = await raw('gzip, br;q=0');
    expect(gzip.head).toContain('content-encoding: gzip');
    expect(gunzipSync(gzip.body).toString()).toBe(script);
    expect((await raw('identity')).body.toString()).toBe(script);
  });

  it('[SE5] forbids inline script, frames and foreign content, on every answer', async () => {
    for (const path of ['/', '/api/server', '/api/nothing', '/missing.js']) {
      const { headers } = await get(path);
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self'; /);
      expect(headers.get('content-security-policy')).toMatch(/frame-ancestors 'none'/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-request-id')).toMatch(/^[\w-]{12}$/);
    }
  });
});

describe('the API', () => {
  it('answers what it does not know as JSON, with a code', async () => {
    expect(await codeOf(await get('/api/nothing'))).toBe('not_found');
    const put = await owner.client.raw('PUT', '/api/me');
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, PATCH']);
    expect(await codeOf(put)).toBe('method_not_allowed');
    expect((await owner.client.raw('HEAD', '/api/me')).status).toBe(200);
  });

  it('[SE2] changes nothing for a page of another origin, nor for none', async () => {
    const body = JSON.stringify({ name: 'Changed' });
    const patch = (headers: Record<string, string>, client = owner.client) =>
      client.raw('PATCH', `/api/orgs/${owner.org}`, {
        body,
        headers: { 'content-type': 'application/json', ...headers },
      });
    for (const origin of ['https://evil.example', 'http://localhost:3000', 'null'])
      expect(await codeOf(await patch({ origin }))).toBe('bad_origin');
    const script = new Client(proxy.url);
    script.cookie = owner.client.cookie;
    script.origin = null;
    expect(await codeOf(await patch({}, script))).toBe('bad_origin');
    expect((await owner.client.call('getMe', {})).organisations[0]?.name).toBe('Acme');
    // A form of another site can send no JSON.
    const form = { 'content-type': 'text/plain' };
    expect(await codeOf(await patch(form))).toBe('bad_request');
  });

  it('[SE7] bounds bodies, announced or not', async () => {
    const huge = JSON.stringify({ name: 'x'.repeat(200_000) });
    const headers = { 'content-type': 'application/json' };
    const announced = await owner.client.raw('PATCH', '/api/me', { body: huge, headers });
    expect([announced.status, await codeOf(announced)]).toEqual([413, 'too_large']);
    const stream = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 50; i += 1) controller.enqueue(new TextEncoder().encode(huge));
        controller.close();
      },
    });
    const chunked = await owner.client.raw('PATCH', '/api/me', {
      body: stream,
      headers,
      duplex: 'half',
    } as RequestInit);
    expect([chunked.status, await codeOf(chunked)]).toEqual([413, 'too_large']);
    await owner.client.call('getMe', {});
  });

  it('names the fields that are wrong', async () => {
    const answer = await owner.client.raw('POST', '/api/orgs', {
      body: JSON.stringify({ name: '   ' }),
      headers: { 'content-type': 'application/json' },
    });
    const { error } = ErrorBody.parse(await answer.json());
    expect([error.code, Object.keys(error.fields ?? {})]).toEqual(['bad_request', ['name']]);
  });

  it('says nothing of the inside when it fails, but the id to find it by', async () => {
    const broken = await startProxy();
    await broken.server.db.q.destroy();
    const answer = await new Client(broken.url).raw('GET', '/api/health');
    const { error } = ErrorBody.parse(await answer.json());
    expect([answer.status, error.code]).toEqual([500, 'internal']);
    expect(error.details).toBe(`request ${answer.headers.get('x-request-id')}`);
    expect(JSON.stringify(error)).not.toMatch(/sql|kysely|driver|destroy|stack/i);
    await broken.dispose().catch(() => {});
  });

  it('needs a sign-in wherever it does not say otherwise', async () => {
    const nobody = new Client(proxy.url);
    for (const [name, endpoint] of Object.entries(endpoints)) {
      if ('access' in endpoint && endpoint.access === 'public') continue;
      const path = endpoint.path.replace(/:(\w+)/g, 'x');
      const answer = await nobody.raw(endpoint.method.toUpperCase(), path);
      expect([name, answer.status, await codeOf(answer)]).toEqual([name, 401, 'unauthenticated']);
    }
  });

  it('[SE3] answers an id of another organisation as one that does not exist, everywhere', async () => {
    const stranger = await addStranger(owner, 'Sibyl');
    const { client: me } = owner;
    const org = { org: owner.org };
    const host = await me.call('createHost', {
      params: org,
      body: { name: 'h', address: '127.0.0.1', port: 1, username: 'u', auth: 'key' },
    });
    const repository = await me.call('createRepository', {
      params: org,
      body: { url: 'https://example.com/a/b.git' },
    });
    const credential = await me.call('createCredential', {
      params: org,
      body: { kind: 'ssh_key', name: 'k' },
    });
    const { invite } = await me.call('createInvite', { params: org, body: { role: 'member', days: 1 } });
    const workspace = await me.call('createWorkspace', {
      params: org,
      body: { provider: 'local' },
    });
    const terminal = await insertEndedTerminal(proxy.server.db.q, {
      organisationId: owner.org,
      workspaceId: workspace.id,
      createdBy: owner.userId,
    });
    const agent = await me.call('addAgent', { params: org, body: { name: 'a', command: 'a' } });
    const session = await plainSession(proxy, owner, workspace.id);
    const words = { name: 'MY_KEY', request: 'r', rule: 'r' };
    const theirs: Record<string, string> = {
      ...{ ...words, agent: agent.id, session: session.id },
      ...{ prompt: newId('prompt'), attachment: newId('attachment'), image: newId('artifact') },
      ...{ org: owner.org, host: host.id, repository: repository.id, credential: credential.id },
      ...{ invite: invite.id, workspace: workspace.id, user: owner.userId, terminal },
    };
    const kinds: Record<string, Parameters<typeof newId>[0]> = { org: 'organisation', image: 'artifact' };
    const strip = (text: string) => text.replace(/"details":"request [^"]*"/, '');
    const ask = async (name: EndpointName, ids: Record<string, string>) => {
      const endpoint = endpoints[name];
      const path = endpoint.path.replace(/:(\w+)/g, (_, key: string) => ids[key] ?? '');
      const body = 'body' in endpoint ? bodies[name] : undefined;
      const init =
        body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
      const answer = await stranger.client.raw(endpoint.method.toUpperCase(), path, init);
      return [name, answer.status, strip(await answer.text())];
    };
    const bodies: Partial<Record<EndpointName, unknown>> = {
      updateOrganisation: { name: 'x' },
      updateMember: { role: 'member' },
      createInvite: { role: 'member', days: 1 },
      createRepository: { url: 'https://example.com/a/b.git' },
      updateRepository: { name: 'x' },
      createCredential: { kind: 'ssh_key', name: 'k' },
      createHost: { name: 'h', address: '127.0.0.1', port: 1, username: 'u', auth: 'key' },
      pinHostKey: { fingerprint: 'SHA256:x' },
      createWorkspace: { provider: 'ssh', hostId: host.id },
      updateWorkspace: { name: 'x' },
      execInWorkspace: { command: 'id' },
      createTerminal: {},
      updateTerminal: { name: 'x' },
      addAgent: { name: 'a', command: 'a' },
      setSecret: { value: 'x' },
      createSession: { id: newId('session'), agent: 'scripted' },
      updateSession: { title: 'x' },
      sendPrompt: { id: newId('prompt'), text: 'x' },
      changePrompt: { text: 'x' },
      answerPermission: { option: 'o' },
      chooseOption: { option: 'o', value: 'v' },
      addAttachment: { id: newId('attachment'), name: 'x', mediaType: 'text/plain', data: '' },
    };
    for (const [name, endpoint] of Object.entries(endpoints) as [
      EndpointName,
      (typeof endpoints)[EndpointName],
    ][]) {
      const keys = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, key]) => key!);
      // What is one's own is found for oneself alone.
      if (keys.length === 0 || endpoint.path.startsWith('/api/me/')) continue;
      const invented = Object.fromEntries(
        keys.map((key) => [
          key,
          key in words ? theirs[key]! : newId(kinds[key] ?? (key as Parameters<typeof newId>[0])),
        ]),
      );
      const foreign = await ask(name, theirs);
      expect([name, foreign[1]]).toEqual([name, 404]);
      expect(foreign).toEqual(await ask(name, invented));
      // In the path of one's own organisation neither; a secret's name is no id.
      if (keys.length > 1 && name !== 'setSecret')
        expect((await ask(name, { ...theirs, org: stranger.org }))[1]).toBe(404);
      // An id that is none is one that does not exist.
      expect((await ask(name, Object.fromEntries(keys.map((key) => [key, "x'--"]))))[1]).toBe(404);
    }
  });
});
