import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ENDGAME_COPIES_MAX } from '../src/index.js';
import { PacedSwarm } from './paced-swarm.js';

const FASTEST_MS = 100;
const SLOWEST_MS = 5_000;

const shape = {
  seed: fc.nat(),
  pieceCount: fc.integer({ min: 1, max: 12 }),
  blocksPerPiece: fc.integer({ min: 1, max: 6 }),
  depth: fc.integer({ min: 2, max: 8 }),
};
const pace = fc.integer({ min: FASTEST_MS, max: SLOWEST_MS });

/** Both copies of a block come in the same millisecond: what is left of the slow one's pace is taken for three times as much. */
const TWICE = {
  ...{ seed: 0, pieceCount: 10, blocksPerPiece: 6, depth: 2, latencyMs: 0, patienceMs: 20 * SLOWEST_MS },
  peers: [
    { paceMs: 218, misjudged: 0.8, silentAfter: Number.POSITIVE_INFINITY },
    { paceMs: 793, misjudged: 1.2214375788146286, silentAfter: Number.POSITIVE_INFINITY },
    { paceMs: 103, misjudged: 0.8, silentAfter: Number.POSITIVE_INFINITY },
    { paceMs: 3914, misjudged: 1.0578947368421054, silentAfter: Number.POSITIVE_INFINITY },
  ],
};

test('at most one block comes twice from honest peers whose paces are known to a quarter, and whose round trips are no longer than a block', () => {
  fc.assert(
    fc.property(
      fc.record({
        ...shape,
        latencyMs: fc.integer({ min: 0, max: FASTEST_MS / 4 }),
        patienceMs: fc.constant(20 * SLOWEST_MS),
        peers: fc.array(
          fc.record({
            paceMs: pace,
            misjudged: fc.double({ min: 0.8, max: 1.25, noNaN: true }),
            silentAfter: fc.constant(Number.POSITIVE_INFINITY),
          }),
          { minLength: 1, maxLength: 8 },
        ),
      }),
      (setting) => {
        const swarm = new PacedSwarm(setting);
        swarm.run();
        expect(swarm.picker.isComplete).toBe(true);
        // One may: a slow peer's block that is thought to take longer than it does comes before the copy that a fast one was asked for.
        expect(swarm.duplicates).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 300, examples: [[TWICE]] },
  );
});

test('what silent peers hold is taken over, however wrong the paces are, and no block comes more often than it may be asked for', () => {
  fc.assert(
    fc.property(
      fc.record({
        ...shape,
        latencyMs: fc.integer({ min: 0, max: 1_000 }),
        patienceMs: fc.constant(2 * SLOWEST_MS + 2_000),
        peers: fc.array(
          fc.record({
            paceMs: pace,
            misjudged: fc.double({ min: 0.01, max: 100, noNaN: true }),
            silentAfter: fc.oneof(fc.nat(20), fc.constant(Number.POSITIVE_INFINITY)),
          }),
          { maxLength: 7 },
        ),
        // One who serves to the end: without it nobody could complete.
        rock: pace,
      }),
      ({ rock, ...setting }) => {
        const peers = [...setting.peers, { paceMs: rock, misjudged: 1, silentAfter: Number.POSITIVE_INFINITY }];
        const swarm = new PacedSwarm({ ...setting, peers });
        swarm.run();
        expect(swarm.picker.isComplete).toBe(true);
        const blockCount = setting.pieceCount * setting.blocksPerPiece;
        expect(swarm.duplicates).toBeLessThanOrEqual((ENDGAME_COPIES_MAX - 1) * blockCount);
        // As if the rock had brought everything alone, after everybody else had been waited for.
        expect(swarm.nowMs).toBeLessThanOrEqual(
          (peers.length + 1) * setting.patienceMs + blockCount * (rock + 2 * setting.latencyMs),
        );
      },
    ),
    { numRuns: 300 },
  );
});
