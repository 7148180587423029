/** Waits for an answer of the server: its body, or an `ApiError`. Without the typed client, which a start does not need. */
import type { EndpointName, Endpoints, ResponseOf } from '@porthole/shared/http';
import { errorOfAnswer, errorOfFault } from './api-error.ts';

/** What `call` needs of an answer, and where it finds the body's type. */
interface Answer<T> {
  readonly ok: boolean;
  readonly status: number;
  json(): Promise<T>;
}

type Listener = () => void;
const signedOut = new Set<Listener>();

/** Told when an answer says that nobody is signed in any more. Returns what stops it. */
export function onUnauthenticated(listener: Listener): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

export async function call<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch (fault) {
    throw errorOfFault(fault);
  }
  if (answer.ok) {
    try {
      return await answer.json();
    } catch {
      throw errorOfAnswer(answer.status, null);
    }
  }
  const body: unknown = await answer.json().catch(() => null);
  const error = errorOfAnswer(answer.status, body);
  if (error.code === 'unauthenticated') for (const listener of [...signedOut]) listener();
  throw error;
}

type Plain = 'getMe' | 'getServer' | 'signOut' | 'signOutEverywhere';

/** The few endpoints without parameters that the start and the end need; everything else goes through `api`. */
export function ask<E extends Plain & EndpointName>(
  method: Uppercase<Endpoints[E]['method']>,
  path: Endpoints[E]['path'],
): Promise<ResponseOf<Endpoints[E]>> {
  return call<ResponseOf<Endpoints[E]>>(fetch(path, { method }));
}
