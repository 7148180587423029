/**
 * One request to a model service and its answer. Invariants: the key is put in here and nowhere else; both directions
 * stream and wait for one another; when the client goes away the service is told; `onDone` is called once with what was
 * used, however it ended.
 */
import { PortholeError } from '@porthole/shared/errors';
import { requestHeaders, responseHeaders, type Upstream } from './upstreams.ts';
import { type Usage, UsageReader } from './usage-reader.ts';

/** Of a request: Anthropic's own limit, with images and files in it. */
export const REQUEST_BYTES = 32 * 1024 * 1024;
/** Of an answer that is an error. */
const ERROR_BYTES = 256 * 1024;

export interface ForwardRequest {
  upstream: Upstream;
  /** Where the service is, without a slash at the end. */
  base: string;
  /** `/v1/messages?beta=true` */
  path: string;
  request: Request;
  key: string;
  /** The answer broke off: so has the client's to. */
  onCut: () => void;
  onDone: (result: { status: number; usage: Usage; requestBytes: number }) => void;
}

/** Throws `PortholeError`: `too_large`, or `upstream_failed` when the service cannot be reached. */
export async function forward(options: ForwardRequest): Promise<Response> {
  const { upstream, base, path, request, key } = options;
  const size = { bytes: 0, tooLarge: false };
  if (Number(request.headers.get('content-length') ?? 0) > REQUEST_BYTES) throw tooLarge();
  let answer: Response;
  try {
    answer = await fetch(base + path, {
      method: request.method,
      headers: requestHeaders(request.headers, upstream, key),
      // A redirect would carry the key elsewhere.
      redirect: 'manual',
      signal: request.signal,
      ...(request.body ? { body: counted(request.body, size), duplex: 'half' } : {}),
    } as RequestInit);
  } catch (error) {
    if (size.tooLarge) throw tooLarge();
    const why = causeOf(error);
    throw new PortholeError('upstream_failed', `${upstream.label} cannot be reached${why}. Try again.`);
  }
  if (answer.status >= 300) return refused(options, answer);
  const headers = responseHeaders(answer.headers);
  const reader = new UsageReader(answer.headers.get('content-type'));
  const done = () => options.onDone({ status: answer.status, usage: reader.end(), requestBytes: size.bytes });
  if (!answer.body) {
    done();
    return new Response(null, { status: answer.status, headers });
  }
  // Written as it comes: otherwise the HTTP server waits for the first pieces.
  headers.set('transfer-encoding', 'chunked');
  return new Response(watched(answer.body, reader, done, options.onCut), { status: answer.status, headers });
}

const tooLarge = () =>
  new PortholeError('too_large', `A request to a model has at most ${REQUEST_BYTES / 1024 / 1024} MiB here.`);

/** `ECONNREFUSED` and the like; never a message, which may have an address with more in it. */
function causeOf(error: unknown): string {
  const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' && /^[A-Z_]+$/.test(code) ? ` (${code})` : '';
}

/** A redirect, or a refusal: short, and without the key, which some services repeat in part. */
async function refused({ upstream, key }: ForwardRequest, answer: Response): Promise<Response> {
  const { status } = answer;
  if (status < 400) {
    await answer.body?.cancel();
    throw new PortholeError(
      'upstream_failed',
      `${upstream.label} answered with another address (${status}).`,
    );
  }
  if (status === 401 || status === 403) {
    await answer.body?.cancel();
    const message = `${upstream.label} refused the organisation’s ${upstream.secret} (${status}). An admin can set another one.`;
    throw new PortholeError(status === 401 ? 'unauthenticated' : 'forbidden', message);
  }
  const text = await readStart(answer, ERROR_BYTES);
  const headers = responseHeaders(answer.headers);
  return new Response(text.replaceAll(key, '[hidden]'), { status, headers });
}

async function readStart(answer: Response, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = answer.body?.getReader();
  try {
    while (reader && size < limit) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      chunks.push(value);
    }
  } catch {
    // What came of it will do.
  }
  reader?.cancel().catch(() => {});
  return Buffer.concat(chunks).subarray(0, limit).toString('utf8');
}

/** Read only as fast as it is asked for, and no further than the bound. */
function counted(
  body: ReadableStream<Uint8Array>,
  size: { bytes: number; tooLarge: boolean },
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        size.bytes += value.length;
        if (size.bytes <= REQUEST_BYTES) return controller.enqueue(value);
        size.tooLarge = true;
        controller.error(new Error('too large'));
        reader.cancel().catch(() => {});
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** The same bytes, read as fast as the client takes them, and looked at on the way. */
function watched(
  body: ReadableStream<Uint8Array>,
  usage: UsageReader,
  onDone: () => void,
  onCut: () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let over = false;
  const done = () => {
    if (over) return;
    over = true;
    onDone();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done: ended, value } = await reader.read();
          if (ended) {
            done();
            controller.close();
            return;
          }
          usage.push(value);
          controller.enqueue(value);
        } catch {
          done();
          onCut();
          // Never: an error, or an end, would be written into what the client reads.
          await new Promise(() => {});
        }
      },
      async cancel(reason) {
        done();
        await reader.cancel(reason).catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}
