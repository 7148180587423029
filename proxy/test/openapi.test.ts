import { type Endpoint, endpoints } from '@porthole/shared/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Client, startProxy } from './harness.ts';

type Json = Record<string, unknown>;
interface Operation {
  operationId: string;
  security: Json[];
  parameters?: { name: string; in: string; required: boolean }[];
  requestBody?: unknown;
  responses: Record<string, unknown>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Json };
}

describe('the OpenAPI document', () => {
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let document: Document;
  beforeAll(async () => {
    proxy = await startProxy();
    document = (await (await new Client(proxy.url).raw('GET', '/api/openapi.json')).json()) as Document;
  });
  afterAll(() => proxy.dispose());
  const table = Object.entries(endpoints as Record<string, Endpoint>);

  it('has every endpoint of the table and no other, and each is mounted', () => {
    const listed = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { operationId }]) => `${operationId} ${method} ${path}`),
    );
    const expected = table.map(
      ([name, { method, path }]) => `${name} ${method} ${path.replace(/:(\w+)/g, '{$1}')}`,
    );
    expect(listed.sort()).toEqual(expected.sort());
    const mounted = table.map(([, { method, path }]) => `${method.toUpperCase()} ${path}`);
    expect([...proxy.server.app.mounted.keys()].sort()).toEqual(mounted.sort());
  });

  it('says of each its parameters, body, answer, errors and who may', () => {
    for (const [name, endpoint] of table) {
      const operation = document.paths[endpoint.path.replace(/:(\w+)/g, '{$1}')]![endpoint.method]!;
      const inPath = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, key]) => key);
      expect([name, (operation.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name)]).toEqual([
        name,
        inPath,
      ]);
      expect([name, operation.requestBody !== undefined]).toEqual([name, endpoint.body !== undefined]);
      expect(Object.keys(operation.responses)).toEqual([String(endpoint.status ?? 200), 'default']);
      expect([name, operation.security.length]).toEqual([
        name,
        { public: 0, device: 1, session: 2 }[endpoint.access ?? 'session'],
      ]);
    }
  });

  it('refers to nothing that it does not have, and its schemas say what the table says', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref!);
    expect(references.length).toBeGreaterThan(50);
    for (const ref of references)
      expect([
        ref,
        document.components.schemas[ref.replace('#/components/schemas/', '')] !== undefined,
      ]).toEqual([ref, true]);
    expect(document.openapi).toBe('3.1.0');
    // Read back by zod, the document's own schema of a body takes and refuses what the table's does.
    const signIn = document.paths['/api/sign-in']!.post!.requestBody as {
      content: Record<string, { schema: Json }>;
    };
    const back = z.fromJSONSchema(signIn.content['application/json']!.schema as never);
    expect(z.safeParse(back, { email: 'a@example.com', password: 'x' }).success).toBe(true);
    expect(z.safeParse(back, { email: 7, password: 'x' }).success).toBe(false);
  });
});
