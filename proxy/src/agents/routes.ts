/** HTTP of agent sessions. Every member may read and steer every session of the organisation. */
import { PortholeError, type SessionRow } from '@porthole/shared';
import { ATTACHMENT_BYTES } from '@porthole/shared/agent-limits';
import { type BodyOf, type Endpoints, endpoints } from '@porthole/shared/http';
import type { Actor, Membership } from '../auth/actor.ts';
import type { Routes } from '../http/mount.ts';
import { can } from '../orgs/permissions.ts';
import type { Workspace } from '../workspaces/index.ts';
import type { AttachmentStore } from './attachment-store.ts';
import type { Checkouts } from './checkout.ts';
import type { SessionHub } from './hub.ts';
import type { ImageStore } from './image-store.ts';
import type { Session } from './session.ts';
import { type SessionStore, wireOf } from './store.ts';
import { NEW_TITLE, titleOf } from './turn-ends.ts';

export interface SessionAccess {
  /** Open to this actor, or `not_found` (SE3). */
  session(actor: Actor, sessionId: string): Promise<SessionRow>;
  workspace(actor: Actor, workspaceId: string): Promise<Workspace>;
  membership(actor: Actor, organisationId: string): Promise<Membership | null>;
}

export interface SessionRoutesDeps {
  hub: SessionHub;
  store: SessionStore;
  attachments: AttachmentStore;
  images: ImageStore;
  checkouts: Checkouts;
  access: SessionAccess;
  now: () => number;
}

const EVENTS_PER_PAGE = 200;

export const sessionRoutes =
  (deps: SessionRoutesDeps): Routes =>
  (mount) => {
    const { hub, store, attachments, images, checkouts, access } = deps;

    const open = async (actor: Actor, id: string): Promise<Session> =>
      hub.get((await access.session(actor, id)).id);
    const send = async (session: Session, actor: Actor, prompt: BodyOf<Endpoints['sendPrompt']>) => {
      const files = await attachments.use(session.id, prompt.attachments ?? []);
      return session.people.prompt({
        ...{ id: prompt.id, by: actor.userId, text: prompt.text, attachments: files },
        ...{ choices: prompt.choices ?? {}, retryOf: prompt.retryOf ?? null },
      });
    };

    mount(endpoints.listSessions, async ({ params, actor }) => {
      const { id } = await access.workspace(actor, params.workspace);
      return { sessions: await store.list(id) };
    });

    mount(endpoints.createSession, async ({ params, body, actor }) => {
      const { id: workspaceId, organisationId } = await access.workspace(actor, params.workspace);
      if (!(await store.knowsAgent(organisationId, body.agent)))
        throw new PortholeError('unprocessable', 'There is no such agent.');
      const at = deps.now();
      const made = await store.insert(
        {
          ...{ id: body.id, organisationId, workspaceId, agent: body.agent, status: 'idle', head: 1 },
          title: body.title ?? (body.prompt ? titleOf(body.prompt.text) : NEW_TITLE),
          ...{ archivedAt: null, createdBy: actor.userId, createdAt: at, activeAt: at },
        },
        {
          seq: 1,
          at,
          body: JSON.stringify({ type: 'session_created', by: actor.userId, agent: body.agent }),
        },
      );
      if (made.workspaceId !== workspaceId)
        throw new PortholeError('conflict', 'This session was made already, elsewhere.');
      if (!body.prompt) return made;
      const session = await hub.get(made.id);
      await send(session, actor, body.prompt);
      return session.live.row;
    });

    mount(endpoints.getSession, async ({ params, actor }) => {
      const { live } = await open(actor, params.session);
      return { session: live.row, head: live.state.head };
    });

    mount(endpoints.updateSession, async ({ params, body, actor }) => {
      const session = await open(actor, params.session);
      const { archivedAt } = session.live.row;
      return session.people.change({
        ...(body.title === undefined ? {} : { title: body.title }),
        ...(body.archived === undefined
          ? {}
          : { archivedAt: body.archived ? (archivedAt ?? deps.now()) : null }),
      });
    });

    mount(endpoints.listEvents, async ({ params, query, actor }) => {
      const session = await open(actor, params.session);
      const limit = query.limit ?? EVENTS_PER_PAGE;
      const head = session.live.state.head.seq;
      const events =
        query.after === undefined
          ? await store.eventsBefore(session.id, Math.min(query.before ?? head + 1, head + 1), limit)
          : await store.eventsAfter(session.id, query.after, limit);
      const known = events.filter(
        ({ seq }) => seq <= head && (query.before === undefined || seq < query.before),
      );
      return { head, events: known.map((event) => JSON.parse(wireOf(event))) };
    });

    mount(endpoints.sendPrompt, async ({ params, body, actor }) => {
      return { seq: await send(await open(actor, params.session), actor, body) };
    });

    mount(endpoints.changePrompt, async ({ params, body, actor }) => {
      const { text, before } = body;
      await (await open(actor, params.session)).people.edit(params.prompt, actor.userId, {
        ...(text === undefined ? {} : { text }),
        ...(before === undefined ? {} : { before }),
      });
      return {};
    });

    mount(endpoints.cancelPrompt, async ({ params, actor }) => {
      await (await open(actor, params.session)).people.cancel(params.prompt, actor.userId);
      return {};
    });

    mount(endpoints.stopTurn, async ({ params, actor }) => {
      await (await open(actor, params.session)).people.stop(actor.userId);
      return {};
    });

    mount(endpoints.resumeQueue, async ({ params, actor }) => {
      await (await open(actor, params.session)).people.resumeQueue(actor.userId);
      return {};
    });

    mount(endpoints.answerPermission, async ({ params, body, actor }) => {
      await (await open(actor, params.session)).people.answer(params.request, body.option, actor.userId);
      return {};
    });

    mount(endpoints.removeRule, async ({ params, actor }) => {
      await (await open(actor, params.session)).people.removeRule(params.rule, actor.userId);
      return {};
    });

    mount(endpoints.chooseOption, async ({ params, body, actor }) => {
      await (await open(actor, params.session)).people.choose(body.option, body.value);
      return {};
    });

    mount(endpoints.warmSession, async ({ params, actor }) => {
      (await open(actor, params.session)).typing();
      return {};
    });

    mount(endpoints.addAttachment, async ({ params, body, actor }) => {
      const { id } = await access.session(actor, params.session);
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(body.data))
        throw new PortholeError('bad_request', 'The data is not base 64.', {
          fields: { data: 'not base 64' },
        });
      const data = Buffer.from(body.data, 'base64');
      if (data.length > ATTACHMENT_BYTES)
        throw new PortholeError('too_large', `A file has at most ${ATTACHMENT_BYTES / 1024 / 1024} MiB.`);
      const { name, mediaType } = body;
      return attachments.insert(id, { id: body.id, name, mediaType, size: data.length }, data, deps.now());
    });

    mount(endpoints.getAttachment, async ({ params, actor }) => {
      const { id } = await access.session(actor, params.session);
      const found = await attachments.get(id, params.attachment);
      if (!found) throw new PortholeError('not_found', 'There is no such file.');
      return { meta: found.meta, data: Buffer.from(found.data).toString('base64') };
    });

    mount(endpoints.getImage, async ({ params, actor }) => {
      const { id } = await access.session(actor, params.session);
      const found = await images.get(id, params.image);
      if (!found) throw new PortholeError('not_found', 'This picture is not kept any more.');
      return found;
    });

    mount(endpoints.findFiles, async ({ params, query, actor }) =>
      checkouts.find(await access.workspace(actor, params.workspace), query.match ?? ''),
    );

    mount(endpoints.getDiff, async ({ params, query, actor }) =>
      checkouts.changes(await access.workspace(actor, params.workspace), query.path),
    );

    mount(endpoints.getAgentMetrics, async ({ params, actor }) => {
      const membership = await access.membership(actor, params.org);
      if (!membership) throw new PortholeError('not_found', 'There is no such organisation.');
      if (!can({ role: membership.role, userId: actor.userId }, 'organisation.update'))
        throw new PortholeError('forbidden', 'Only owners and admins of the organisation can see this.');
      return hub.metrics.summary(params.org);
    });
  };
