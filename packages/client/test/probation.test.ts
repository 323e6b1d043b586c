import { Geometry } from '@unchoke/pieces';
import type { BlockSpan } from '@unchoke/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Puppet, Stage } from './puppet.js';
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

describe('a piece with blocks of several peers that turns out false', () => {
  /** Three pieces of two blocks. The first peer sends all of one piece and the first block of another. */
  function begun() {
    const geometry = new Geometry({ totalLength: 6 * 16_384, pieceLength: 32_768 });
    const stage = new Stage({ geometry });
    const one = stage.join('10.0.0.1');
    one.say({ type: 'have-all' }, { type: 'unchoke' });
    const [first, second, third] = requestsTo(one);
    const give = (peer: Puppet, span: BlockSpan) =>
      peer.say({ type: 'piece', piece: span.piece, begin: span.begin, block: new Uint8Array(span.length) });
    for (const span of [first!, second!, third!]) give(one, span);
    const reject = (piece: number) => {
      const digests = new Uint8Array(2 * 20).fill(7);
      stage.deliver({ type: 'piece-verified', piece: geometry.pieceAt(piece)!, isValid: false, blockDigests: digests });
    };
    return { stage, one, give, reject, whole: first!.piece, half: third!.piece };
  }

  const requestsTo = ({ heard }: Puppet): readonly BlockSpan[] =>
    heard.flatMap((event) => (event.type === 'request' ? [event] : []));

  const trustOf = ({ torrent }: Stage, { key }: Puppet) =>
    [...torrent.inside.peers.values()].find((peer) => peer.key === key)?.trust;

  /** The second peer brings the rest of what the first one has begun, and that is false. */
  function finishedBy(stage: Stage, half: number, give: (peer: Puppet, span: BlockSpan) => void): Puppet {
    const other = stage.join('10.0.0.2');
    other.say({ type: 'have-all' }, { type: 'unchoke' });
    give(other, requestsTo(other).find(({ piece }) => piece === half)!);
    return other;
  }

  test('makes nobody a suspect when a liar that is known had a part in it', () => {
    const { stage, one, give, reject, whole, half } = begun();
    reject(whole);
    expect(one.closeReason).toBe('banned');
    const other = finishedBy(stage, half, give);
    reject(half);
    expect(trustOf(stage, other)).toBe('unknown');
    expect(other.closeReason).toBeUndefined();
  });

  test('makes suspects of all others at once', () => {
    const { stage, one, give, reject, half } = begun();
    stage.deliver({ type: 'socket-closed', peer: one.key, reason: 'remote-closed' });
    const other = finishedBy(stage, half, give);
    reject(half);
    expect(trustOf(stage, other)).toBe('suspect');
    expect(other.closeReason).toBeUndefined();
  });
});
