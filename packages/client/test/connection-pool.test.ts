import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConnectionPool } from '../src/connection-pool.js';

/** Torrents that want as many connections as they can get; every dial gets through after 100 ms. */
class Crowd {
  readonly pool: ConnectionPool<number>;
  readonly dialsMs: number[] = [];
  readonly #opening: { readonly member: number; readonly atMs: number }[] = [];
  readonly #awake = new Set<number>();
  connectionsMax = 0;
  openingMax = 0;

  constructor(pool: ConnectionPool<number>) {
    this.pool = pool;
  }

  /** Begins to want. */
  join(member: number): void {
    this.#awake.add(member);
  }

  run(fromMs: number, toMs: number): void {
    for (let nowMs = fromMs; nowMs < toMs; nowMs += 10) {
      while (this.#opening.length > 0 && this.#opening[0]!.atMs <= nowMs)
        this.pool.opened(this.#opening.shift()!.member);
      for (const member of this.#awake) {
        if (this.pool.readyMs(member, nowMs) > nowMs && this.pool.readyMs(member, nowMs) !== Number.POSITIVE_INFINITY)
          continue;
        while (this.pool.mayDial(member, nowMs)) {
          this.dialsMs.push(nowMs);
          this.#opening.push({ member, atMs: nowMs + 100 });
        }
      }
      for (const { member, type } of this.pool.takeErrands()) if (type === 'make-room') this.#giveUpOne(member);
      this.connectionsMax = Math.max(this.connectionsMax, this.pool.connections);
      this.openingMax = Math.max(this.openingMax, this.pool.opening);
    }
  }

  #giveUpOne(member: number): void {
    const opening = this.#opening.findIndex((dial) => dial.member === member);
    if (opening !== -1) this.#opening.splice(opening, 1);
    this.pool.left(member, opening !== -1);
  }
}

describe('the connections of a session', () => {
  test('are bounded in number, under way, and per second; and shared evenly however they come', () => {
    const shape = fc.record({
      peersMax: fc.integer({ min: 4, max: 60 }),
      halfOpenMax: fc.integer({ min: 1, max: 20 }),
      joinsMs: fc.array(fc.nat({ max: 5000 }), { minLength: 1, maxLength: 8 }),
    });
    fc.assert(
      fc.property(shape, ({ peersMax, halfOpenMax, joinsMs }) => {
        const crowd = new Crowd(new ConnectionPool<number>(peersMax, halfOpenMax));
        let nowMs = 0;
        for (const [member, joinMs] of [...joinsMs].sort((one, other) => one - other).entries()) {
          crowd.run(nowMs, joinMs);
          nowMs = Math.max(nowMs, joinMs);
          crowd.join(member);
        }
        crowd.run(nowMs, nowMs + 60_000);
        expect(crowd.connectionsMax).toBeLessThanOrEqual(peersMax);
        expect(crowd.openingMax).toBeLessThanOrEqual(halfOpenMax);
        for (const fromMs of crowd.dialsMs) {
          expect(crowd.dialsMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1000).length).toBeLessThanOrEqual(30);
        }
        const share = Math.floor(peersMax / joinsMs.length);
        for (const member of joinsMs.keys()) expect(crowd.pool.connectionsOf(member)).toBeGreaterThanOrEqual(share);
      }),
      { numRuns: 60 },
    );
  });

  test('somebody who dials us is let in while there is room, and for who has less than its share', () => {
    const pool = new ConnectionPool<string>(4, 4);
    for (let count = 0; count < 4; count++) expect(pool.mayAccept('greedy')).toBe(true);
    expect(pool.mayAccept('greedy')).toBe(false);
    expect(pool.mayAccept('late')).toBe(true);
    expect(pool.takeErrands()).toEqual([{ member: 'greedy', type: 'make-room' }]);
    pool.left('greedy', false);
    expect(pool.connections).toBe(4);
    expect(pool.mayAccept('late')).toBe(true);
    pool.left('greedy', false);
    expect(pool.mayAccept('late')).toBe(false);
    expect([pool.connectionsOf('greedy'), pool.connectionsOf('late')]).toEqual([2, 2]);
  });

  test('who can do without takes nothing that somebody waits for, and waits for nothing', () => {
    const pool = new ConnectionPool<string>(10, 4);
    expect(pool.mayDialAside('seed', 0)).toBe(true);
    for (let count = 0; count < 3; count++) expect(pool.mayDial('leech', 0)).toBe(true);
    expect(pool.mayDial('leech', 0)).toBe(false);
    pool.left('seed', true);
    expect([pool.isCalm, pool.takeErrands()]).toEqual([false, [{ member: 'leech', type: 'look-again' }]]);
    for (let count = 0; count < 3; count++) pool.opened('leech');
    expect(pool.mayDialAside('seed', 0)).toBe(false);
    pool.withdraw('leech');
    pool.takeErrands();
    expect(pool.mayDialAside('seed', 0)).toBe(true);
    pool.left('seed', true);
    expect([pool.takeErrands(), pool.readyMs('seed', 0)]).toEqual([[], Number.POSITIVE_INFINITY]);
  });

  test('who waits is told when there is room, in its turn; who gave up is passed over', () => {
    const pool = new ConnectionPool<string>(10, 1);
    expect(pool.mayDial('first', 0)).toBe(true);
    for (const member of ['second', 'third', 'fourth']) expect(pool.mayDial(member, 0)).toBe(false);
    pool.withdraw('second');
    pool.opened('first');
    expect(pool.takeErrands()).toEqual([{ member: 'third', type: 'look-again' }]);
    expect(pool.mayDial('fourth', 0)).toBe(false);
    expect(pool.mayDial('third', 0)).toBe(true);
  });
});
