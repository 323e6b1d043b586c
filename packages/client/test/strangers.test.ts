import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../src/index.js';
import { Strangers } from '../src/strangers.js';

describe('strangers', () => {
  test('have one time limit each, and go in their order', () => {
    const strangers = new Strangers<string>();
    strangers.arrived('a', '192.0.2.1', 0);
    strangers.arrived('b', '192.0.2.1', 1000);
    expect(strangers.deadlineMs).toBe(LIMITS.handshakeTimeoutMs);
    expect(strangers.takeLate(LIMITS.handshakeTimeoutMs)).toEqual(['a']);
    strangers.left('b');
    expect([strangers.count, strangers.deadlineMs]).toEqual([0, undefined]);
  });

  test('a flood pushes out itself, not somebody else who is slow', () => {
    const strangers = new Strangers<string>();
    strangers.arrived('honest', '198.51.100.1', 0);
    const victims = Array.from({ length: 2000 }, (_, index) => strangers.arrived(`flood ${index}`, '192.0.2.1', 1));
    expect(victims).not.toContain('honest');
    expect(victims.filter((victim) => victim !== undefined)).toEqual(
      Array.from({ length: 2001 - LIMITS.strangersMax }, (_, index) => `flood ${index}`),
    );
    expect(strangers.count).toBe(LIMITS.strangersMax);
  });

  test('never more than the bound, and nobody is forgotten without a word', () => {
    const arrivals = fc.array(fc.record({ host: fc.nat({ max: 5 }), leaves: fc.boolean() }), { maxLength: 100 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), arrivals, (max, all) => {
        const strangers = new Strangers<number>(max);
        const present = new Set<number>();
        for (const [key, { host, leaves }] of all.entries()) {
          const victim = strangers.arrived(key, `10.0.0.${host}`, key);
          present.add(key);
          if (victim !== undefined) expect(present.delete(victim)).toBe(true);
          if (leaves && present.delete(key)) strangers.left(key);
          expect(strangers.count).toBe(present.size);
          expect(present.size).toBeLessThanOrEqual(max);
        }
        expect(strangers.takeLate(1e9)).toEqual([...present]);
      }),
    );
  });
});
