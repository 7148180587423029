import { Entries } from '@porthole/shared/agent-entries';
import { applyToHead, emptyHead } from '@porthole/shared/agent-head';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { events } from './session.fake.ts';
import { SessionLog } from './session-log.ts';

const LENGTH = 60;
const headAt = (seq: number) => events(1, seq).reduce(applyToHead, emptyHead());

it('[AG1] whatever order frames, pages and heads come in, and however often, the stretch is one fold of the log', () => {
  const slice = fc.tuple(fc.integer({ min: 1, max: LENGTH }), fc.integer({ min: 1, max: 15 }));
  const step = fc.oneof(
    fc.record({ do: fc.constant('append' as const), slice }),
    fc.record({ do: fc.constant('prepend' as const), slice }),
    fc.record({ do: fc.constant('head' as const), at: fc.integer({ min: 1, max: LENGTH }) }),
    fc.record({ do: fc.constant('restart' as const), at: fc.integer({ min: 0, max: LENGTH }) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: LENGTH }), fc.array(step, { maxLength: 40 }), (after, steps) => {
      const log = new SessionLog();
      log.startAfter(after);
      for (const one of steps) {
        if (one.do === 'head') log.setHead(headAt(one.at));
        else if (one.do === 'restart') log.startAfter(one.at);
        else {
          const [from, length] = one.slice;
          const page = events(from, Math.min(LENGTH, from + length - 1));
          if (one.do === 'append') log.append(page);
          else log.prepend(page);
        }
        const seqs = log.events.map(({ seq }) => seq);
        expect(seqs).toEqual(seqs.map((_, index) => log.first + index));
        expect(log.entries.list).toEqual(Entries.of(log.events).list);
        // Never a head of some other place: it is that of the whole log where it says to be, or not known.
        if (log.head) expect(log.head).toEqual(headAt(log.head.seq));
        if (log.head && seqs.length > 0) expect(log.head.seq).toBeGreaterThanOrEqual(log.last);
      }
    }),
  );
});
