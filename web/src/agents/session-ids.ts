import { type IdKind, idFromBytes } from '@porthole/shared/ids';

/** Chosen here, so that what is sent twice is done once. */
export const newId = (kind: IdKind): string => idFromBytes(kind, crypto.getRandomValues(new Uint8Array(20)));
