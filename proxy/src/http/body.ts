/** A request's JSON body, within a bound. */
import { PortholeError } from '@porthole/shared';

export async function readJson(request: Request, limit: number): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? ''))
    throw new PortholeError('bad_request', 'The body has to be JSON (Content-Type: application/json).');
  const text = new TextDecoder().decode(await readBytes(request, limit));
  try {
    return JSON.parse(text);
  } catch {
    throw new PortholeError('bad_request', 'The body is not JSON.');
  }
}

async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const tooLarge = () => new PortholeError('too_large', `The body has at most ${limit} bytes here.`);
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw tooLarge();
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks);
}
