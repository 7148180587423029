/** The OpenAPI 3.1 document, made from the same table that the endpoints are mounted by. */
import { ErrorBody, ErrorCodeSchema, MIRRORED } from '@porthole/shared';
import type { Endpoint } from '@porthole/shared/http';
import * as http from '@porthole/shared/http';
import * as z from 'zod/mini';

type Json = Record<string, unknown>;

/** Schemas that have a name of their own in the document. */
const named: Record<string, z.ZodMiniType> = {
  Error: ErrorBody,
  ErrorCode: ErrorCodeSchema,
  Organisation: MIRRORED.organisations,
  Member: MIRRORED.members,
  Repository: MIRRORED.repositories,
  Host: MIRRORED.hosts,
  Workspace: MIRRORED.workspaces,
  Terminal: MIRRORED.terminals,
  Me: http.Me,
  Server: http.ServerInfo,
  Device: http.Device,
  ApiToken: http.ApiToken,
  Invite: http.Invite,
  Credential: http.Credential,
  HostProbe: http.HostProbe,
  ExecResult: http.ExecResult,
};

export function openApiDocument(endpoints: Record<string, Endpoint>, version: string): Json {
  const schemas: Json = {};
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const convert = (schema: z.ZodMiniType, io: 'input' | 'output'): Json =>
    toSchema(schema, io, registry, schemas);
  const paths: Record<string, Json> = {};
  for (const [operationId, endpoint] of Object.entries(endpoints)) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][endpoint.method] = operation(operationId, endpoint, convert);
  }
  convert(ErrorBody, 'output');
  return {
    openapi: '3.1.0',
    info: {
      title: 'Porthole',
      version,
      description:
        'Scripts send an API token as `Authorization: Bearer …`. Browsers send the session cookie and `Origin`.',
    },
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'porthole_session' },
      },
    },
  };
}

function operation(
  operationId: string,
  endpoint: Endpoint,
  convert: (schema: z.ZodMiniType, io: 'input' | 'output') => Json,
): Json {
  const content = (schema: Json) => ({ 'application/json': { schema } });
  const ofShape = (shape: z.ZodMiniObject | undefined, where: 'path' | 'query') =>
    Object.entries(shape?.shape ?? {}).map(([name, schema]) => ({
      name,
      in: where,
      required: where === 'path' || !z.safeParse(schema as z.ZodMiniType, undefined).success,
      schema: convert(schema as z.ZodMiniType, 'input'),
    }));
  const parameters = [...ofShape(endpoint.params, 'path'), ...ofShape(endpoint.query, 'query')];
  const made: Json = {
    operationId,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    security: securityOf(endpoint),
    responses: {
      [endpoint.status ?? 200]: {
        description: 'Done',
        content: endpoint.file ? FILE : content(convert(endpoint.response, 'output')),
      },
      default: { description: 'An error', content: content({ $ref: '#/components/schemas/Error' }) },
    },
  };
  if (parameters.length > 0) made.parameters = parameters;
  if (endpoint.body) made.requestBody = { required: true, content: content(convert(endpoint.body, 'input')) };
  return made;
}

const FILE: Json = { '*/*': { schema: { type: 'string', format: 'binary' } } };

function securityOf(endpoint: Endpoint): Json[] {
  if (endpoint.access === 'public') return [];
  if (endpoint.access === 'device') return [{ session: [] }];
  return [{ session: [] }, { token: [endpoint.scope ?? (endpoint.method === 'get' ? 'read' : 'write')] }];
}

/** Named schemas met on the way go to `components`, and are referred to from everywhere. */
function toSchema(
  schema: z.ZodMiniType,
  io: 'input' | 'output',
  registry: z.core.$ZodRegistry<{ id: string }>,
  components: Json,
): Json {
  const made = z.toJSONSchema(schema, { io, metadata: registry, unrepresentable: 'any' }) as Json;
  const { $schema: _, $defs, ...rest } = rewritten(made) as Json;
  for (const [name, definition] of Object.entries(($defs as Json | undefined) ?? {}))
    components[name] ??= withoutId(definition as Json);
  const id = registry.get(schema)?.id;
  if (id === undefined) return withoutId(rest);
  components[id] ??= withoutId(rest);
  return { $ref: `#/components/schemas/${id}` };
}

const withoutId = ({ id: _, $id: __, ...rest }: Json): Json => rest;

function rewritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewritten);
  if (typeof value === 'string') return value.replace(/^#\/\$defs\//, '#/components/schemas/');
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rewritten(inner)]));
}
