/** Pure: what becomes of a secret that somebody is asked for. */
import { gatewayOf } from '@porthole/shared/agents';

/** Only what the model gateway keeps stays away from the machine. */
export const keptHow = (secret: string | null): string =>
  secret !== null && gatewayOf(secret)
    ? 'It is kept encrypted on the server, never shown again, and does not reach the machine.'
    : 'It is kept encrypted on the server and never shown again. The agent is given it on the machine, where whoever has a terminal can read it.';
