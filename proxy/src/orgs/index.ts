/** Puts the feature together. `app.ts` calls this once. */
import type { Me } from '@porthole/shared/http';
import type { MembershipOf } from '../auth/actor.ts';
import type { Tx } from '../db/database.ts';
import type { FeedSource } from '../feed/record.ts';
import type { Routes } from '../http/mount.ts';
import type { RateLimiter } from '../lib/rate-limit.ts';
import { Invites } from './invites.ts';
import { Organisations, type OrganisationsDeps, organisationSources } from './organisations.ts';
import { type Newcomers, organisationRoutes, type ResetLinks } from './routes.ts';
import { organisationsOf, ownsAllOf } from './store.ts';

export interface OrgsDeps extends OrganisationsDeps {
  inviteTries: RateLimiter;
  /** A function, since that feature is made with this one. */
  newcomers: () => Newcomers;
  resets: () => ResetLinks;
}

export interface Orgs {
  routes: Routes;
  sources: FeedSource[];
  membershipOf: MembershipOf;
  organisationsOf: (userId: string) => Promise<Me['organisations']>;
  create: (tx: Tx, name: string, ownerId: string) => Promise<{ id: string }>;
  personChanged: (tx: Tx, userId: string) => Promise<void>;
  ownsAllOf: typeof ownsAllOf;
  acceptInvite: (tx: Tx, secret: string, userId: string) => Promise<void>;
}

export function createOrganisations(deps: OrgsDeps): Orgs {
  const { db, clock, inviteTries } = deps;
  const organisations = new Organisations(deps);
  const invites = new Invites({ db, clock, organisations });
  return {
    routes: (mount) =>
      organisationRoutes({
        ...{ db, organisations, invites, inviteTries },
        ...{ newcomers: deps.newcomers(), resets: deps.resets() },
      })(mount),
    sources: organisationSources,
    membershipOf: organisations.membershipOf,
    organisationsOf: (userId) => organisationsOf(db.q, userId),
    create: (tx, name, ownerId) => organisations.create(tx, name, ownerId),
    ownsAllOf,
    personChanged: (tx, userId) => organisations.personChanged(tx, userId),
    acceptInvite: (tx, secret, userId) => invites.accept(tx, secret, userId),
  };
}
