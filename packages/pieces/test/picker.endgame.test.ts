import { describe, expect, test } from 'vitest';
import { drawSwarm } from './draw-swarm.js';

describe('endgame', () => {
  test('begins when every missing block is requested, and doubles up to the bound', () => {
    const swarm = drawSwarm({ have: '#.', peers: { slow: '##', a: '##', b: '##', c: '##' } });
    expect(swarm.pick('slow', 1)).toBe('1.0');
    expect(swarm.picker.isEndgame).toBe(false);
    expect(swarm.pick('a', 9)).toBe('1.1 1.0');
    expect(swarm.picker.isEndgame).toBe(true);
    expect(swarm.pick('slow', 9)).toBe('1.1');
    // Three copies are the bound: both blocks are requested twice by now.
    expect(swarm.pick('b', 9)).toMatch(/^(1\.0 1\.1|1\.1 1\.0)$/);
    expect(swarm.pick('c', 9)).toBe('');
    expect(swarm.explain('c')).toBe('all-requested 1');
  });

  test('names exactly the requests to cancel when a block arrives', () => {
    const swarm = drawSwarm({ have: '#.', peers: { slow: '##', a: '##', b: '##' } });
    swarm.pick('slow', 2);
    swarm.pick('a', 2);
    swarm.pick('b', 2);
    expect(swarm.arrive('a', '1.0')).toBe('accepted cancel slow 1.0 cancel b 1.0');
    expect(swarm.requests('slow')).toBe('1.1');
    expect(swarm.requests('a')).toBe('1.1');
    expect(swarm.arrive('b', '1.1')).toBe('piece-filled cancel slow 1.1 cancel a 1.1');
    // The others could not know yet: their blocks are late, not unrequested, and only once.
    expect(swarm.arrive('slow', '1.0')).toBe('duplicate');
    expect(swarm.arrive('slow', '1.0')).toBe('unrequested');
    expect(swarm.arrive('a', '1.1')).toBe('duplicate');
  });

  test('prefers the block with the fewest copies', () => {
    const swarm = drawSwarm({ have: '#.', blocksPerPiece: 3, peers: { slow: '##', a: '##', b: '##' } });
    swarm.pick('slow', 3);
    expect(swarm.pick('a', 1)).toBe('1.0');
    expect(swarm.pick('b', 2)).toBe('1.1 1.2');
  });

  test('is only for a peer with hardly anything else to do', () => {
    const swarm = drawSwarm({ have: '#.', blocksPerPiece: 4, peers: { slow: '##', a: '##' } });
    swarm.pick('slow', 4);
    expect(swarm.pick('a', 9)).toBe('1.0 1.1');
    expect(swarm.pick('a', 9)).toBe('');
    expect(swarm.explain('a')).toBe('all-requested 1');
    swarm.arrive('a', '1.0');
    expect(swarm.explain('a')).toBe('can-be-asked 1');
    expect(swarm.pick('a', 9)).toBe('1.2');
  });

  test('takes what would come last, and only what comes much sooner', () => {
    const swarm = drawSwarm({ have: '#.', blocksPerPiece: 4, peers: { slow: '##', a: '##' } });
    swarm.pick('slow', 4);
    const paces = (slow: number, a: number) => (peer: number, position: number) => position * [slow, a][peer]!;
    // The last block is expected after 400 ms, and from the other after 100: just not a quarter of the time.
    expect(swarm.pick('a', 9, { timeLeftMs: paces(100, 100) })).toBe('');
    expect(swarm.pick('a', 9, { timeLeftMs: paces(100, 99) })).toBe('1.3');
    // The second one would come after 40 ms: soon enough to help with the one before.
    expect(swarm.pick('a', 9, { timeLeftMs: paces(100, 20) })).toBe('1.2');
  });

  test('what was asked for twice is as near as the sooner of the two', () => {
    const swarm = drawSwarm({ have: '#.', blocksPerPiece: 1, peers: { slow: '##', a: '##', b: '##' } });
    swarm.pick('slow', 1);
    const timeLeftMs = (peer: number, position: number) => position * [1_000, 100, 50][peer]!;
    expect(swarm.pick('a', 9, { timeLeftMs })).toBe('1.0');
    expect(swarm.pick('b', 9, { timeLeftMs })).toBe('');
  });

  test('is not put off by a piece nobody has', () => {
    const swarm = drawSwarm({ have: '#..', peers: { slow: '##.', a: '##.' } });
    swarm.pick('slow', 2);
    expect(swarm.picker.isEndgame).toBe(true);
    expect(swarm.pick('a', 1)).toBe('1.0');
    // A third peer brings the missing piece: first things first again.
    swarm.join('late', '..#');
    expect(swarm.picker.isEndgame).toBe(false);
    expect(swarm.pick('a', 1)).toBe('');
    swarm.picker.peerLeft(swarm.key('late'));
    expect(swarm.picker.isEndgame).toBe(true);
    expect(swarm.pick('a', 1)).toBe('1.1');
  });

  test('is not put off by a half-finished piece whose holders left', () => {
    const swarm = drawSwarm({ have: '1.', peers: { slow: '.#', a: '##', b: '.#' } });
    swarm.pick('slow', 2);
    expect(swarm.picker.isEndgame).toBe(false);
    swarm.picker.peerLeft(swarm.key('a'));
    expect(swarm.picker.isEndgame).toBe(true);
    expect(swarm.pick('b', 2)).toBe('1.0 1.1');
    swarm.join('seed', '##');
    expect(swarm.picker.isEndgame).toBe(false);
    swarm.picker.peerRetracted(swarm.key('seed'), swarm.piece(0));
    expect(swarm.picker.isEndgame).toBe(true);
  });

  test('a peer that leaves in endgame takes no block with it', () => {
    const swarm = drawSwarm({ have: '#.', peers: { slow: '##', a: '##', b: '##' }, options: { endgameCopiesMax: 2 } });
    swarm.pick('slow', 2);
    expect(swarm.pick('a', 2)).toBe('1.0 1.1');
    expect(swarm.pick('b', 2)).toBe('');
    swarm.picker.peerLeft(swarm.key('slow'));
    // One copy of each is left, so there is room for another.
    expect(swarm.pick('b', 2)).toMatch(/^(1\.0 1\.1|1\.1 1\.0)$/);
    swarm.picker.peerLeft(swarm.key('a'));
    swarm.picker.peerLeft(swarm.key('b'));
    expect(swarm.draw()).toBe('#.');
  });

  test('what is requested as often as may be is left alone, though the piece has room elsewhere', () => {
    const swarm = drawSwarm({ have: '#.', peers: { slow: '##', a: '##', c: '##' }, options: { endgameCopiesMax: 2 } });
    expect(swarm.pick('slow', 1)).toBe('1.0');
    expect(swarm.pick('c', 1)).toBe('1.1');
    expect(swarm.pick('a', 1)).toBe('1.0');
    expect(swarm.pick('c', 1)).toBe('');
    expect(swarm.pick('a', 1)).toBe('1.1');
  });

  test('with a bound of one, nothing is requested twice', () => {
    const swarm = drawSwarm({ have: '#.', peers: { slow: '##', a: '##' }, options: { endgameCopiesMax: 1 } });
    swarm.pick('slow', 2);
    expect(swarm.pick('a', 2)).toBe('');
  });

  test('an announcement opens a peer to what is being fetched', () => {
    const swarm = drawSwarm({ have: '#.', peers: { slow: '##', a: '#.' } });
    swarm.pick('slow', 2);
    expect(swarm.pick('a', 1)).toBe('');
    swarm.picker.peerAnnounced(swarm.key('a'), swarm.piece(1));
    expect(swarm.pick('a', 2)).toBe('1.0 1.1');
  });
});

describe('a rejected piece', () => {
  test('names who brought what, and is wanted again', () => {
    const swarm = drawSwarm({ have: '.', blocksPerPiece: 3, peers: { a: '#', b: '#' } });
    swarm.pick('a', 1);
    swarm.pick('b', 2);
    swarm.arrive('a', '0.0');
    expect(swarm.arrive('b', '0.1 0.2')).toBe('piece-filled');
    expect(swarm.draw()).toBe('v');
    const piece = swarm.piece(0);
    expect(swarm.picker.pieceRejected(piece)).toEqual({ piece, suppliers: [0, 1, 1], contributors: [0, 1] });
    expect(swarm.draw()).toBe('.');
    expect(swarm.picker.isInterestedIn(swarm.key('a'))).toBe(true);
  });

  test('comes from one peer alone the next time, so that the guilty one is known', () => {
    const swarm = drawSwarm({ have: '.', blocksPerPiece: 3, peers: { a: '#', b: '#' } });
    swarm.pick('a', 3);
    swarm.arrive('a', '0.0 0.1 0.2');
    swarm.picker.pieceRejected(swarm.piece(0));
    expect(swarm.pick('b', 2)).toBe('0.0 0.1');
    expect(swarm.pick('a', 9)).toBe('');
    expect(swarm.explain('a')).toBe('all-requested 0');
    swarm.arrive('b', '0.0');
    expect(swarm.pick('b', 9)).toBe('0.2');
    // Not even in endgame.
    expect(swarm.picker.isEndgame).toBe(true);
    expect(swarm.pick('a', 9)).toBe('');
    swarm.arrive('b', '0.1 0.2');
    swarm.picker.pieceVerified(swarm.piece(0));
    expect(swarm.draw()).toBe('#');
  });

  test('waits for nobody: it is open to others as soon as its peer does nothing for it', () => {
    const swarm = drawSwarm({ have: '.', blocksPerPiece: 3, peers: { a: '#', b: '#' } });
    swarm.pick('a', 3);
    swarm.arrive('a', '0.0 0.1 0.2');
    swarm.picker.pieceRejected(swarm.piece(0));
    expect(swarm.pick('b', 1)).toBe('0.0');
    expect(swarm.pick('a', 9)).toBe('');
    swarm.arrive('b', '0.0');
    expect(swarm.pick('a', 1)).toBe('0.1');
    swarm.picker.peerChoked(swarm.key('a'));
    expect(swarm.pick('b', 9)).toBe('0.2 0.1');
  });

  test('is found also by a peer that has many others to look at', () => {
    const others = 20;
    const swarm = drawSwarm({
      have: `.${'1'.repeat(others)}`,
      blocksPerPiece: 3,
      peers: { a: `#${'.'.repeat(others)}`, b: `#${'.'.repeat(others)}`, c: `#${'.'.repeat(others)}` },
    });
    swarm.pick('a', 3);
    swarm.arrive('a', '0.0 0.1 0.2');
    swarm.picker.pieceRejected(swarm.piece(0));
    expect(swarm.pick('b', 1)).toBe('0.0');
    expect(swarm.pick('c', 1)).toBe('');
    swarm.arrive('b', '0.0');
    expect(swarm.pick('c', 1)).toBe('0.1');
  });

  test('with a deadline it is still one peer alone', () => {
    const swarm = drawSwarm({ have: '.', blocksPerPiece: 3, peers: { a: '#', b: '#' } });
    swarm.pick('a', 3);
    swarm.arrive('a', '0.0 0.1 0.2');
    swarm.picker.pieceRejected(swarm.piece(0));
    swarm.picker.setDeadline(swarm.piece(0), 1);
    expect(swarm.pick('b', 1)).toBe('0.0');
    expect(swarm.pick('a', 9)).toBe('');
  });
});
