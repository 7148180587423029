import { ERROR_STATUS, type ErrorCode, PortholeError } from '@porthole/shared';
import { describe, expect, it } from 'vitest';
import { ApiError, errorOfAnswer, errorOfFault } from './api-error.ts';
import { call, onUnauthenticated } from './call.ts';

const answer = (status: number, body: unknown) =>
  Promise.resolve({ ok: status < 400, status, json: () => Promise.resolve(body) });

describe('errorOfAnswer', () => {
  it('knows every code of the contract', () => {
    for (const code of Object.keys(ERROR_STATUS) as ErrorCode[]) {
      const body = new PortholeError(code, 'words', {
        fields: { name: 'too long' },
        retryAfter: 3,
        details: 'more',
      }).toBody();
      expect(errorOfAnswer(ERROR_STATUS[code], body)).toMatchObject({
        code,
        message: 'words',
        fields: { name: 'too long' },
        retryAfter: 3,
        details: 'more',
      });
    }
  });

  it('a page that a gateway made is not taken for an answer', () => {
    for (const body of [
      null,
      '<html>',
      {},
      { error: 'no' },
      { error: { code: 7 } },
      { error: { code: '<b>' } },
    ]) {
      expect(errorOfAnswer(502, body).code).toBe('unexpected');
    }
  });
});

describe('call', () => {
  it('answers the body', async () => {
    expect(await call(answer(201, { id: 1 }))).toEqual({ id: 1 });
  });

  it('a network without an answer is offline, with the browser’s word as details', async () => {
    const error = await call(Promise.reject(new TypeError('Failed to fetch'))).catch(
      (fault: unknown) => fault,
    );
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 'offline', details: 'Failed to fetch' });
    expect(errorOfFault(error)).toBe(error);
  });

  it('tells once per answer that nobody is signed in any more, and not for a wrong password', async () => {
    let told = 0;
    const stop = onUnauthenticated(() => {
      told += 1;
    });
    await call(answer(401, { error: { code: 'wrong_credentials', message: '' } })).catch(() => {});
    expect(told).toBe(0);
    await call(answer(401, { error: { code: 'unauthenticated', message: '' } })).catch(() => {});
    expect(told).toBe(1);
    stop();
    await call(answer(401, { error: { code: 'unauthenticated', message: '' } })).catch(() => {});
    expect(told).toBe(1);
  });
});
