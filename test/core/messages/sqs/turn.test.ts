import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextCall } from '../../../../core/messages/sqs/turn.ts';

const message = (groupId: string, place: number, bytes = 100, alone = false) => ({
  entry: { body: '', groupId, deduplicationId: '', attributes: {} },
  place,
  bytes,
  alone,
});

const places = (messages: { place: number }[]) => messages.map(({ place }) => place);

describe('the next call', () => {
  it('takes ten, in their order', () => {
    const waiting = Array.from({ length: 25 }, (_, place) => message(`g${place}`, place));
    expect(places(nextCall(waiting))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('takes of a group only its first', () => {
    const waiting = ['a', 'a', 'b', 'a', 'c', 'b'].map((group, place) => message(group, place));
    expect(places(nextCall(waiting))).toEqual([0, 2, 4]);
  });

  it('takes no more than 256 KiB, and nothing in place of what did not fit', () => {
    const waiting = [
      message('a', 0, 200_000),
      message('b', 1, 100_000),
      message('b', 2, 10),
      message('c', 3, 60_000),
    ];
    expect(places(nextCall(waiting))).toEqual([0, 3]);
  });

  it('takes what is larger by itself, and nothing with it', () => {
    expect(places(nextCall([message('a', 0, 900_000), message('b', 1, 10)]))).toEqual([0]);
  });

  it('takes alone what was refused with others, and nothing of its group in its place', () => {
    expect(places(nextCall([message('a', 0, 1, true), message('b', 1)]))).toEqual([0]);
    const waiting = [message('a', 0), message('b', 1, 1, true), message('b', 2), message('c', 3)];
    expect(places(nextCall(waiting))).toEqual([0, 3]);
  });

  it('brings everything home, each group in its order', () => {
    const one = fc.tuple(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.integer({ min: 1, max: 400_000 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(one, { maxLength: 40 }), (kinds) => {
        const all = kinds.map(([group, bytes, alone], place) => message(group, place, bytes, alone));
        let waiting = all;
        const sent: typeof all = [];
        while (waiting.length > 0) {
          const call = nextCall(waiting);
          expect(call.length).toBeGreaterThan(0);
          expect(call.length).toBeLessThanOrEqual(10);
          expect(new Set(call.map(({ entry }) => entry.groupId)).size).toBe(call.length);
          if (call.length > 1)
            expect(call.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(262_144);
          if (call.some(({ alone }) => alone)) expect(call.length).toBe(1);
          sent.push(...call);
          waiting = waiting.filter((other) => !call.includes(other));
        }
        for (const group of ['a', 'b', 'c', 'd']) {
          const ofGroup = (list: typeof all) => places(list.filter(({ entry }) => entry.groupId === group));
          expect(ofGroup(sent)).toEqual(ofGroup(all));
        }
      }),
    );
  });
});
