export const root: string;
export function ensurePackages(): Promise<void>;
/** @param names of those that are needed, if not both */
export function ensureBuilt(...names: ('web' | 'proxy')[]): Promise<void>;
export class PrepareError extends Error {}
