import { describe, expect, test } from 'vitest';
import { Bitfield, BLOCK_BYTES, Geometry, type PeerKey, Picker, type PieceIndex } from '../src/index.js';
import { randomFrom } from './random-from.js';

const PIECES = 100_000;
const BLOCKS_PER_PIECE = 2;
/** Reading a bitfield costs a step for 32 pieces, whatever it holds. */
const WORDS = Math.ceil(PIECES / 32);
const geometry = new Geometry({
  totalLength: PIECES * BLOCKS_PER_PIECE * BLOCK_BYTES,
  pieceLength: BLOCKS_PER_PIECE * BLOCK_BYTES,
});

/** How a swarm of that many peers holds the pieces: each peer a random set of `held` pieces from `from` on. */
interface Holding {
  readonly seeds: number;
  readonly held: number;
  readonly from: number;
}

/** Downloads the whole torrent and counts; every peer is asked for four blocks in its turn. */
function download(peerCount: number, { seeds, held, from }: Holding) {
  const random = randomFrom(peerCount);
  const picker = new Picker(geometry, Bitfield.empty(PIECES), random);
  let told = 0;
  for (let peer = 0; peer < peerCount; peer++) {
    if (peer < seeds) picker.peerJoined(peer, 'everything');
    else {
      const pieces = Bitfield.empty(PIECES);
      for (let count = 0; count < held; count++) pieces.add((from + random(PIECES - from)) as PieceIndex);
      told += pieces.count;
      picker.peerJoined(peer, pieces);
    }
    picker.peerUnchoked(peer);
  }
  const joinSteps = picker.steps;

  let [asked, picked] = [0, 0];
  let interested = Array.from({ length: peerCount }, (_, peer) => peer);
  while (!picker.isComplete) {
    interested = interested.filter((peer) => picker.isInterestedIn(peer));
    for (const peer of interested) {
      // What was asked for in the last turn arrives now, unless the peer chose this moment to choke.
      if (random(10) === 0) {
        picker.peerChoked(peer);
        picker.release(peer);
        picker.peerUnchoked(peer);
      } else deliver(picker, peer);
      asked++;
      picked += picker.pick(peer, 4).length;
    }
  }
  const pickSteps = picker.steps - joinSteps;
  for (let peer = 0; peer < peerCount; peer++) picker.peerLeft(peer);
  return { told, joinSteps, asked, picked, pickSteps, leaveSteps: picker.steps - joinSteps - pickSteps };
}

function deliver(picker: Picker, peer: PeerKey): void {
  for (const block of picker.requestsOf(peer)) {
    if (picker.blockArrived(peer, block).outcome === 'piece-filled') picker.pieceVerified(block.piece);
  }
}

describe('the work of the picker does not grow with the swarm', () => {
  // The hardest swarm for rarest-first: seeds hold everything, and all the others lack the same rare half. Then one in
  // which everybody holds something else. Steps are counted, so the numbers are the same on every machine.
  test.each([
    [100, { seeds: 2, held: 20_000, from: PIECES / 2 }],
    [1_000, { seeds: 2, held: 2_000, from: PIECES / 2 }],
    [10_000, { seeds: 2, held: 200, from: PIECES / 2 }],
    [100, { seeds: 10, held: 10_000, from: 0 }],
    [1_000, { seeds: 10, held: 2_000, from: 0 }],
    [10_000, { seeds: 10, held: 200, from: 0 }],
  ])('%i peers: %j', (peerCount, holding) => {
    const { told, joinSteps, picked, pickSteps, leaveSteps } = download(peerCount, holding);
    expect(picked).toBeGreaterThanOrEqual(PIECES * BLOCKS_PER_PIECE);
    // Joining and leaving: a step for every piece of the peer, none for a peer that holds everything.
    expect(joinSteps).toBe(told);
    expect(leaveSteps).toBe(told);
    // Picking everything, with every tenth peer choking: each bitfield is read twice in all, each piece of each peer is
    // looked at a few times, and a block costs a few steps. A scan of all pieces would cost 100,000 steps a block.
    expect(pickSteps).toBeLessThan(2 * peerCount * WORDS + 8 * told + 16 * picked);
  });

  test.each([100, 1_000, 10_000])('%i peers that hold everything: a few steps a block, none to join', (peerCount) => {
    const { joinSteps, asked, picked, pickSteps, leaveSteps } = download(peerCount, {
      seeds: peerCount,
      held: 0,
      from: 0,
    });
    expect([joinSteps, leaveSteps]).toEqual([0, 0]);
    // A peer that is asked and has nothing costs as much as a block: in endgame, ten thousand of them are.
    expect(pickSteps).toBeLessThan(8 * (picked + asked));
  });
});
