import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PiecesError, Rate } from '../src/index.js';

describe('Rate', () => {
  test('is the amount of the last window, a second', () => {
    const rate = new Rate(20_000);
    for (let second = 0; second < 60; second++) rate.add(1000, second * 1000);
    expect(rate.perSecond(59_000)).toBe(1000);
    expect(rate.total).toBe(60_000);
  });

  test('needs no full window to say something', () => {
    const rate = new Rate(20_000);
    rate.add(5000, 0);
    expect(rate.perSecond(0)).toBe(5000);
    expect(rate.perSecond(4999)).toBe(1000);
  });

  test('falls to nothing when nothing comes, and starts again', () => {
    const rate = new Rate(20_000);
    rate.add(1_000_000, 5000);
    expect(rate.perSecond(24_999)).toBe(50_000);
    expect(rate.perSecond(25_000)).toBe(0);
    rate.add(20_000, 1_000_000_000);
    expect(rate.perSecond(1_000_000_000)).toBe(1000);
  });

  test('a clock that steps back counts as standing still', () => {
    const rate = new Rate(20_000);
    rate.add(1000, 100_000);
    rate.add(1000, 50_000);
    expect(rate.perSecond(0)).toBe(2000);
  });

  test('is nothing before anything was counted', () => {
    expect(new Rate().perSecond(1_000)).toBe(0);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a window of %d', (windowMs) => {
    expect(() => new Rate(windowMs)).toThrow(PiecesError);
  });

  test('agrees with a list of all amounts', () => {
    const events = fc.array(fc.record({ afterMs: fc.nat(5000), amount: fc.nat(100_000) }), {
      minLength: 1,
      maxLength: 100,
    });
    fc.assert(
      fc.property(events, (all) => {
        const rate = new Rate(20_000);
        const list: { second: number; amount: number }[] = [];
        let nowMs = 0;
        for (const { afterMs, amount } of all) {
          nowMs += afterMs;
          rate.add(amount, nowMs);
          list.push({ second: Math.floor(nowMs / 1000), amount });
        }
        const now = Math.floor(nowMs / 1000);
        const inWindow = list.filter(({ second }) => second > now - 20).reduce((sum, { amount }) => sum + amount, 0);
        expect(rate.perSecond(nowMs)).toBeCloseTo(inWindow / Math.min(20, now - list[0]!.second + 1), 6);
      }),
    );
  });
});
