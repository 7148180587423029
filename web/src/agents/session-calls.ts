/** What is asked of the server about sessions. Apart from the typed client: a page of events is a query, and must not wait for it. */
import type { agentEndpoints } from '@porthole/shared/api/agents';
import type { sessionEndpoints } from '@porthole/shared/api/sessions';
import type * as z from 'zod/mini';
import { call } from '../net/call.ts';

type Table = typeof sessionEndpoints & typeof agentEndpoints;
type Answer<E extends keyof Table> = z.output<Table[E]['response']>;
type Body<E extends keyof Table> = Table[E] extends { body: infer B extends z.ZodMiniType }
  ? z.input<B>
  : never;
export type NewSession = Body<'createSession'>;
export type NewPrompt = Body<'sendPrompt'>;
export type NewAttachment = Body<'addAttachment'>;
export type NewAgent = Body<'addAgent'>;
export type Usage = Answer<'getUsage'>;

type Query = Record<string, string | number | undefined>;

/** A page of the log, and where it ends now. */
export const listEvents = (session: string, query: { after?: number; before?: number; limit?: number }) =>
  get<Answer<'listEvents'>>(`/api/sessions/${session}/events`, query);
export const getSession = (session: string) => get<Answer<'getSession'>>(`/api/sessions/${session}`);
export const createSession = (workspace: string, body: NewSession) =>
  send<Answer<'createSession'>>('POST', `/api/workspaces/${workspace}/sessions`, body);
export const updateSession = (session: string, body: Body<'updateSession'>) =>
  send<Answer<'updateSession'>>('PATCH', `/api/sessions/${session}`, body);
export const sendPrompt = (session: string, body: NewPrompt) =>
  send<Answer<'sendPrompt'>>('POST', `/api/sessions/${session}/prompts`, body);
export const changePrompt = (session: string, prompt: string, body: Body<'changePrompt'>) =>
  send<unknown>('PATCH', `/api/sessions/${session}/prompts/${prompt}`, body);
export const cancelPrompt = (session: string, prompt: string) =>
  send<unknown>('DELETE', `/api/sessions/${session}/prompts/${prompt}`);
export const stopTurn = (session: string) => send<unknown>('POST', `/api/sessions/${session}/stop`);
export const resumeQueue = (session: string) =>
  send<unknown>('POST', `/api/sessions/${session}/queue/resume`);
export const answerPermission = (session: string, request: string, option: string) =>
  send<unknown>('POST', `/api/sessions/${session}/permissions/${encodeURIComponent(request)}`, { option });
export const removeRule = (session: string, rule: string) =>
  send<unknown>('DELETE', `/api/sessions/${session}/rules/${encodeURIComponent(rule)}`);
export const chooseOption = (session: string, option: string, value: string) =>
  send<unknown>('POST', `/api/sessions/${session}/options`, { option, value });
export const warmSession = (session: string) => send<unknown>('POST', `/api/sessions/${session}/warm`);
export const addAttachment = (session: string, body: NewAttachment) =>
  send<Answer<'addAttachment'>>('POST', `/api/sessions/${session}/attachments`, body);
export const getAttachment = (session: string, attachment: string) =>
  get<Answer<'getAttachment'>>(`/api/sessions/${session}/attachments/${attachment}`);
/** Where a picture of a session is. Opened as a page it runs nothing. */
export const imageAddress = (session: string, image: string) => `/api/sessions/${session}/images/${image}`;
export const getImage = (session: string, image: string) =>
  call<Blob>(
    fetch(imageAddress(session, image)).then((answer) => ({
      ok: answer.ok,
      status: answer.status,
      // What is not a picture is read for what is wrong.
      json: () => (answer.ok ? answer.blob() : answer.json()),
    })),
  );
export const findFiles = (workspace: string, match: string) =>
  get<Answer<'findFiles'>>(`/api/workspaces/${workspace}/files`, { match });
export const getDiff = (workspace: string, path: string) =>
  get<Answer<'getDiff'>>(`/api/workspaces/${workspace}/diff`, { path });

export const listAgents = (org: string) => get<Answer<'listAgents'>>(`/api/orgs/${org}/agents`);
export const addAgent = (org: string, body: NewAgent) =>
  send<Answer<'addAgent'>>('POST', `/api/orgs/${org}/agents`, body);
export const removeAgent = (org: string, agent: string) =>
  send<unknown>('DELETE', `/api/orgs/${org}/agents/${agent}`);
export const listSecrets = (org: string) => get<Answer<'listSecrets'>>(`/api/orgs/${org}/secrets`);
export const setSecret = (org: string, name: string, value: string) =>
  send<unknown>('PUT', `/api/orgs/${org}/secrets/${name}`, { value });
export const removeSecret = (org: string, name: string) =>
  send<unknown>('DELETE', `/api/orgs/${org}/secrets/${name}`);
export const getAgentMetrics = (org: string) =>
  get<Answer<'getAgentMetrics'>>(`/api/orgs/${org}/agent-metrics`);
export const getUsage = (org: string, days: number) => get<Usage>(`/api/orgs/${org}/usage`, { days });

function get<T>(path: string, query: Query = {}): Promise<T> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return call<T>(fetch(search ? `${path}?${search}` : path));
}

function send<T>(method: string, path: string, body?: unknown): Promise<T> {
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return call<T>(fetch(path, { method, ...(body === undefined ? {} : json) }));
}
