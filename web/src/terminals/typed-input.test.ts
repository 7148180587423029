import { describe, expect, it } from 'vitest';
import { TypedInput } from './typed-input.ts';

function attached() {
  const sent: string[] = [];
  const refused: string[] = [];
  let unsent = '';
  const input = new TypedInput({
    send: (frame) => sent.push(new TextDecoder().decode(frame)),
    now: () => 0,
    onDoubt() {},
    onUnsent: (text) => {
      unsent = text;
    },
    onRefused: (why) => refused.push(why),
  });
  input.connected(0);
  input.setEnded(false);
  return { input, sent, refused, unsent: () => unsent };
}

/** A shell that has ended, and its viewer has asked for a new one. */
function restarting() {
  const all = attached();
  all.input.setEnded(true);
  all.input.expectProgram();
  all.input.type('ls');
  all.input.type('\r');
  expect([all.sent, all.unsent()]).toEqual([[], '']);
  return all;
}

describe('[TR9] typed right after a restart', () => {
  it('reaches the new shell, in order, once it is there', () => {
    const { input, sent, unsent } = restarting();
    input.replaced(0);
    expect(sent).toEqual([]);
    input.setEnded(false);
    input.type('x');
    expect(sent).toEqual(['ls', '\r', 'x']);
    expect(unsent()).toBe('');
  });

  it('is shown as not sent when there is no new shell', () => {
    const { input, sent, unsent } = restarting();
    input.noProgram();
    expect([sent, unsent()]).toEqual([[], 'ls\r']);
  });

  it('is shown as not sent when the new shell ends at once', () => {
    const { input, sent, unsent } = restarting();
    input.replaced(0);
    input.setEnded(true);
    expect([sent, unsent()]).toEqual([[], 'ls\r']);
  });

  it('is shown as not sent when the connection is cut meanwhile', () => {
    const { input, sent, unsent } = restarting();
    input.disconnected();
    input.connected(0);
    input.setEnded(false);
    expect([sent, unsent()]).toEqual([[], 'ls\r']);
  });
});

describe('[TR9] typed to a shell that has ended', () => {
  it('is shown as not sent, and goes to the next one only when asked', () => {
    const { input, sent, refused, unsent } = attached();
    input.setEnded(true);
    input.type('ls\r');
    expect([refused, unsent()]).toEqual([['ended'], 'ls\r']);
    input.replaced(0);
    input.setEnded(false);
    expect(sent).toEqual([]);
    input.sendUnsent();
    expect([sent, unsent()]).toEqual([['ls\r'], '']);
  });

  it('is shown as not sent also when it was on its way, and counts for nothing then', () => {
    const { input, sent, unsent } = attached();
    input.type('exit\r');
    input.type('ls\r');
    input.confirmed(5);
    input.setEnded(true);
    expect(unsent()).toBe('ls\r');
    input.replaced(5);
    input.setEnded(false);
    input.type('pwd');
    input.disconnected();
    input.connected(8);
    expect(sent.join('')).toBe('exit\rls\rpwd');
    expect(unsent()).toBe('ls\r');
  });
});
