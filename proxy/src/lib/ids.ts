/** New ids and secrets from the system's random source. */
import { createHash, randomBytes } from 'node:crypto';
import { type IdKind, idFromBytes } from '@porthole/shared';

export const newId = (kind: IdKind): string => idFromBytes(kind, randomBytes(20));

/** 256 bits, base64url: session ids, invite and token secrets. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** What is stored of such a secret. Hex. Their 256 bits make a slow hash needless. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');
