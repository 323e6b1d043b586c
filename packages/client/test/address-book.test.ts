import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddressBook } from '../src/address-book.js';
import { LIMITS } from '../src/limits.js';

const A = { host: '192.0.2.1', port: 6881 };
const B = { host: '192.0.2.2', port: 6881 };
const newBook = () => new AddressBook(() => 0);

interface Happening {
  readonly what: 'add' | 'take' | 'claim' | 'ban' | 'worked' | 'useless' | 'failed' | 'ourselves';
  readonly port: number;
  readonly passedMs: number;
}

describe('an address book', () => {
  test('gives each address once while it is in use', () => {
    const book = newBook();
    expect([book.add(A), book.add(A), book.add({ ...A, port: 1 })]).toEqual([true, false, true]);
    expect([book.take(0)?.port, book.take(0)?.port, book.take(0)]).toEqual([6881, 1, undefined]);
  });

  test('waits longer after each failure, and forgets an address that never answers', () => {
    const book = newBook();
    book.add(A);
    const pauses: (number | undefined)[] = [];
    for (let nowMs = 0, tries = 0; tries < 3; tries++) {
      expect(book.take(nowMs)).toEqual(A);
      book.release(A, 'failed', nowMs);
      const nextMs = book.nextMs(nowMs);
      pauses.push(nextMs === undefined ? undefined : nextMs - nowMs);
      if (nextMs !== undefined) expect(book.take(nextMs - 1)).toBeUndefined();
      nowMs = nextMs ?? nowMs;
    }
    expect(pauses).toEqual([5000, 7500, undefined]);
    expect(book.size).toBe(0);
  });

  test('does not take an address back for a while that it has given up, whoever names it', () => {
    const book = newBook();
    book.add(A);
    let nowMs = 0;
    for (let tries = 0; tries < LIMITS.dialFailuresMax; tries++) {
      nowMs = book.nextMs(nowMs) ?? nowMs;
      book.take(nowMs);
      book.release(A, 'failed', nowMs);
    }
    expect([book.add(A), book.take(nowMs + LIMITS.retryMaxMs - 1), book.add(A)]).toEqual([false, undefined, false]);
    // Who only asks whether there is anything to dial lets time pass, too: it may have been the only address there was.
    expect([book.hasDue(nowMs + LIMITS.retryMaxMs), book.add(A)]).toEqual([false, true]);
  });

  test('prefers addresses that have not failed', () => {
    const book = newBook();
    book.add(A);
    book.take(0);
    book.release(A, 'failed', 0);
    book.add(B);
    expect([book.take(10_000), book.take(10_000)]).toEqual([B, A]);
  });

  test('never gives a banned address again, under whatever port', () => {
    const book = newBook();
    book.add(A);
    book.ban(A);
    expect([book.add(A), book.add({ ...A, port: 1 }), book.take(0), book.isBanned(A)]).toEqual([
      false,
      false,
      undefined,
      true,
    ]);
  });

  test('bans one port only where many programs share an address', () => {
    const book = newBook();
    book.ban({ host: '127.0.0.1', port: 1 });
    expect([book.add({ host: '127.0.0.1', port: 1 }), book.add({ host: '127.0.0.1', port: 2 })]).toEqual([false, true]);
  });

  test('holds a bounded number', () => {
    const book = newBook();
    for (let index = 0; index < LIMITS.candidatesMax + 10; index++)
      book.add({ host: `10.${index >> 8}.0.${index & 255}`, port: 1 });
    expect(book.size).toBe(LIMITS.candidatesMax);
  });

  test('knows when the next address may be dialled, however often it was asked before', () => {
    const happening: fc.Arbitrary<Happening> = fc.record({
      what: fc.constantFrom('add', 'take', 'claim', 'worked', 'useless', 'failed', 'ourselves', 'ban'),
      port: fc.integer({ min: 1, max: 3 }),
      passedMs: fc.integer({ min: 0, max: 4_000 }),
    });
    /** What it answers at the end, and before if it is asked after each of them. */
    const answers = (happenings: readonly Happening[], isAskedOften: boolean) => {
      const book = newBook();
      let nowMs = 0;
      return happenings.map(({ what, port, passedMs }, index) => {
        nowMs += passedMs;
        const address = { host: '127.0.0.1', port };
        if (what === 'add' || what === 'claim' || what === 'ban') book[what](address);
        else if (what === 'take') book.take(nowMs);
        else book.release(address, what, nowMs);
        return isAskedOften || index === happenings.length - 1 ? book.nextMs(nowMs) : undefined;
      });
    };
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40, size: 'max' }), (happenings) => {
        const atOnce = happenings.map((_, index) => answers(happenings.slice(0, index + 1), false).at(-1));
        expect(answers(happenings, true)).toEqual(atOnce);
      }),
    );
  });
});
