/**
 * Passwords by argon2id (OWASP's parameters: 19 MiB, two passes). The only importer of @node-rs/argon2.
 * Invariant: a check takes as long for a person who does not exist; few run at once, and few wait.
 */

import { hash, verify } from '@node-rs/argon2';
import { PortholeError } from '@porthole/shared';

/** Each takes 19 MiB and a thread of libuv's pool, which file access shares. */
const AT_ONCE = 2;
const MAX_WAITING = 100;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** `stored` null (no such person, or no password): takes as long and answers false. */
  matches(stored: string | null, password: string): Promise<boolean>;
}

export function createPasswords(): Passwords {
  let running = 0;
  const waiting: (() => void)[] = [];
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < AT_ONCE) running += 1;
    else {
      if (waiting.length >= MAX_WAITING)
        throw new PortholeError('rate_limited', 'Too many people are signing in. Try again in a moment.', {
          retryAfter: 5,
        });
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      // Hands its turn on, or gives it back.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
  let nobody: Promise<string> | null = null;
  return {
    hash: (password) => inTurn(() => hash(password)),
    async matches(stored, password) {
      nobody ??= hash('the password of nobody');
      const against = stored ?? (await nobody);
      const right = await inTurn(() => verify(against, password));
      return stored !== null && right;
    },
  };
}
