/** Where an address is, in presence's words. Pure. */
import type { PresencePlace } from '@porthole/shared';

/** The form of ids, as in shared/ids.ts, without the schemas that come with it. */
const PLACE =
  /^\/w\/(wsp_[0-9a-hjkmnp-tv-z]{20})(?:\/t\/(trm_[0-9a-hjkmnp-tv-z]{20})|\/s\/(ses_[0-9a-hjkmnp-tv-z]{20}))?\/?$/;

export function placeOf(pathname: string): PresencePlace {
  const [, workspaceId = null, terminalId = null, sessionId = null] = PLACE.exec(pathname) ?? [];
  return { workspaceId, terminalId, sessionId };
}
