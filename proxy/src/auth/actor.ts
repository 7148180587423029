/** Who is asking. Made once per request or socket by the session guard; features never see a cookie. */
import type { Role } from '@porthole/shared';

export interface Actor {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  /** The signed-in device; null for an API token. */
  readonly deviceId: string | null;
  /** For an API token: what it is good for, and where. */
  readonly token: {
    readonly id?: string;
    readonly organisationId: string;
    readonly scope: 'read' | 'write' | 'admin';
  } | null;
}

/** An actor within one organisation. */
export interface Membership {
  readonly actor: Actor;
  readonly organisationId: string;
  readonly role: Role;
}

/**
 * Answers `null` when the person is not a member, or the token is for another organisation: callers then answer as
 * for an id that does not exist (SE3). Passed to the features by the app.
 */
export type MembershipOf = (actor: Actor, organisationId: string) => Promise<Membership | null>;
