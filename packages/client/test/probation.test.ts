import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualSwarm } from './virtual-swarm.js';

const MINUTE = 60_000;
const PIECE_BYTES = 131_072;

const lie = (_: unknown, bytes: Uint8Array) => bytes.map((byte) => byte ^ 1);

describe('a peer of which no piece was right yet', () => {
  test('spoils at most one piece in company and one alone, whoever else is there', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(),
          latencyMs: fc.integer({ min: 0, max: 200 }),
          poisoners: fc.integer({ min: 1, max: 4 }),
          honest: fc.integer({ min: 1, max: 4 }),
          blocksPerPiece: fc.constantFrom(8, 9),
        }),
        ({ seed, latencyMs, poisoners, honest, blocksPerPiece }) => {
          const pieceLength = blocksPerPiece * 16_384;
          const swarm = new VirtualSwarm(seed, { totalLength: 12 * pieceLength, pieceLength }, latencyMs);
          for (let index = 0; index < poisoners; index++) swarm.add({ has: 'everything', corrupt: lie });
          for (let index = 0; index < honest; index++) swarm.add({ has: 'everything' });
          const leech = swarm.add({ knows: swarm.members.map(({ index }) => index) });
          swarm.runUntil(() => leech.isComplete, 5 * MINUTE);
          const rejected = leech.notices.filter(({ type }) => type === 'piece-rejected');
          expect(rejected.length).toBeLessThanOrEqual(2 * poisoners);
          expect(Buffer.compare(leech.disk, swarm.content)).toBe(0);
        },
      ),
      { numRuns: 10 },
    );
  });

  test('is asked for the blocks of one piece, and for as many as its line takes once it was right', () => {
    const swarm = new VirtualSwarm(1, { totalLength: 100 * PIECE_BYTES, pieceLength: PIECE_BYTES });
    swarm.add({ has: 'everything' });
    const leech = swarm.add({ knows: [0] });
    const asked: number[] = [];
    swarm.runUntil(() => {
      const { picker, peers } = leech.torrent.inside;
      const [peer] = peers.values();
      if (peer?.isJoined !== true) return false;
      const isProven = leech.torrent.status.haveCount > 0;
      expect(peer.trust).toBe(isProven ? 'proven' : 'unknown');
      if (!isProven) asked.push(picker.requestCountOf(peer.key) + peer.unjudgedBlocks);
      return picker.requestCountOf(peer.key) > 8;
    }, MINUTE);
    expect(Math.max(...asked)).toBe(8);
  });

  test('what nobody wants any more does not count against it', () => {
    const swarm = new VirtualSwarm(2, { totalLength: 4 * PIECE_BYTES, pieceLength: PIECE_BYTES });
    swarm.add({ has: 'everything' });
    const leech = swarm.add({ knows: [0] });
    const unjudged = () => [...leech.torrent.inside.peers.values()].map(({ unjudgedBlocks }) => unjudgedBlocks);
    swarm.runUntil(() => unjudged().some((count) => count > 0), MINUTE);
    const begun = leech.torrent.inside.picker.exportPartials()[0]!.piece;
    const priorities = [0, 1, 2, 3].map((piece) => (piece === begun ? 0 : 1));
    swarm.deliver(leech, { type: 'pieces-prioritized', priorities });
    expect(unjudged()).toEqual([0]);
    swarm.runUntil(() => leech.torrent.inside.picker.isComplete, MINUTE);
  });
});
