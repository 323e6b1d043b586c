import { describe, expect, test } from 'vitest';
import { type PieceIndex, PiecesError } from '../src/index.js';
import { drawSwarm } from './draw-swarm.js';

/** What a peer begins, over many seeds: the pieces, each once. */
function beginnings(drawing: Parameters<typeof drawSwarm>[0], name: string): number[] {
  const seen = new Set<number>();
  for (let seed = 0; seed < 200; seed++) seen.add(drawSwarm({ ...drawing, seed }).pickPiece(name)!);
  return [...seen].sort((a, b) => a - b);
}

describe('which piece is begun', () => {
  test('one of the rarest, whichever chance says', () => {
    const drawing = {
      have: '. . . . . .',
      peers: { seed: '######', a: '#.#.##', b: '#..###' },
    };
    // Held by:       3 1 2 2 3 3
    expect(beginnings(drawing, 'seed')).toEqual([1]);
    expect(beginnings(drawing, 'a')).toEqual([2]);
    expect(beginnings({ ...drawing, peers: { seed: '######', a: '#.#.##' } }, 'seed')).toEqual([1, 3]);
  });

  test('rarity follows peers as they come, announce, retract and go', () => {
    const swarm = drawSwarm({ have: '...', peers: { seed: '###', a: '##.', b: '#..' } });
    expect(swarm.picker.availabilityOf(swarm.piece(0))).toBe(3);
    swarm.picker.peerAnnounced(swarm.key('b'), swarm.piece(2));
    swarm.picker.peerAnnounced(swarm.key('a'), swarm.piece(2));
    // Held by 3 2 3.
    expect(swarm.pickPiece('seed')).toBe(1);
    swarm.picker.peerRetracted(swarm.key('a'), swarm.piece(0));
    swarm.picker.peerRetracted(swarm.key('b'), swarm.piece(0));
    // Held by 1 2 3.
    expect(swarm.pick('seed', 2)).toBe('1.1 0.0');
    swarm.picker.peerLeft(swarm.key('seed'));
    expect([0, 1, 2].map((piece) => swarm.picker.availabilityOf(swarm.piece(piece)))).toEqual([0, 1, 2]);
  });

  test('the first pieces are random, so that there is soon something to give', () => {
    const drawing = { have: '......', peers: { seed: '######', a: '.#####' }, options: { randomFirstPieces: 1 } };
    expect(beginnings(drawing, 'seed')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(beginnings(drawing, 'a')).toEqual([1, 2, 3, 4, 5]);
    expect(beginnings({ ...drawing, have: '....#.' }, 'seed')).toEqual([0]);
  });

  test('in sequential order, the first one the peer has', () => {
    const swarm = drawSwarm({
      have: '#....',
      peers: { seed: '#####', a: '###.#' },
      options: { strategy: 'sequential' },
    });
    expect(swarm.pick('a', 3)).toBe('1.0 1.1 2.0');
    expect(swarm.pick('seed', 2)).toBe('3.0 3.1');
    swarm.picker.setStrategy('rarest-first');
    expect(swarm.pick('seed', 1)).toBe('4.0');
  });

  test('a piece that comes back is found again in sequential order', () => {
    const swarm = drawSwarm({ have: '...', peers: { a: '##.', b: '###' }, options: { strategy: 'sequential' } });
    expect(swarm.pick('a', 2)).toBe('0.0 0.1');
    expect(swarm.pick('b', 2)).toBe('1.0 1.1');
    swarm.picker.release(swarm.key('a'));
    expect(swarm.pick('b', 2)).toBe('0.0 0.1');
  });

  test('priorities come before rarity, and before order', () => {
    const drawing = { have: '....', priorities: '4 4 7 6', peers: { seed: '####', a: '..##', b: '..#.' } };
    expect(drawSwarm(drawing).pick('seed', 8)).toMatch(/^2.0 2.1 3.0 3.1 [01]/);
    expect(drawSwarm({ ...drawing, options: { strategy: 'sequential' } }).pick('seed', 8)).toBe(
      '2.0 2.1 3.0 3.1 0.0 0.1 1.0 1.1',
    );
  });

  test('random first respects priorities too', () => {
    const drawing = { have: '....', priorities: '1 4 4 1', peers: { seed: '####' }, options: { randomFirstPieces: 4 } };
    expect(beginnings(drawing, 'seed')).toEqual([1, 2]);
  });

  test('every rarest piece is as likely as the others', () => {
    const counts = [0, 0, 0, 0];
    for (let seed = 0; seed < 4000; seed++) {
      const swarm = drawSwarm({ have: '#....', peers: { seed: '#####', a: '.####' }, seed });
      counts[swarm.pickPiece('a')! - 1]!++;
    }
    // 1000 each on average, with a standard deviation of 27.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(160);
  });
});

describe('pieces in progress', () => {
  test('are finished first, before the rarest one', () => {
    const swarm = drawSwarm({ have: '#..1.', peers: { seed: '#####', a: '###.#', b: '##.##' } });
    expect(swarm.pick('b', 2)).toMatch(/^3\.1 [14]\.0$/);
  });

  test('belong to one peer while others can begin their own', () => {
    const swarm = drawSwarm({ have: '..', peers: { a: '##', b: '##' }, options: { strategy: 'sequential' } });
    expect(swarm.pick('a', 1)).toBe('0.0');
    expect(swarm.pick('b', 1)).toBe('1.0');
    expect(swarm.pick('a', 1)).toBe('0.1');
    // Nothing is left to begin: now it helps.
    expect(swarm.pick('a', 1)).toBe('1.1');
  });

  test('are shared earlier when too many are in progress', () => {
    const swarm = drawSwarm({
      have: '...',
      peers: { a: '###', b: '###' },
      options: { strategy: 'sequential', partialPiecesMax: 1 },
    });
    expect(swarm.pick('a', 1)).toBe('0.0');
    expect(swarm.pick('b', 2)).toBe('0.1 1.0');
  });

  test('are taken over from a peer that leaves, chokes, rejects or stalls', () => {
    const acts: Record<string, (swarm: ReturnType<typeof drawSwarm>) => void> = {
      left: (swarm) => swarm.picker.peerLeft(swarm.key('a')),
      choked: (swarm) => {
        swarm.picker.peerChoked(swarm.key('a'));
        swarm.picker.release(swarm.key('a'));
      },
      rejected: (swarm) => swarm.picker.releaseBlock(swarm.key('a'), swarm.block('0.1'), 'rejected'),
      'timed out': (swarm) => swarm.picker.releaseBlock(swarm.key('a'), swarm.block('0.1'), 'timed-out'),
    };
    for (const [name, act] of Object.entries(acts)) {
      const swarm = drawSwarm({ have: '...', peers: { a: '###', b: '###' }, options: { strategy: 'sequential' } });
      swarm.pick('a', 2);
      swarm.arrive('a', '0.0');
      act(swarm);
      expect(swarm.pick('b', 2), name).toBe('0.1 1.0');
    }
  });

  test('with nothing held and nothing requested, a piece is missing again', () => {
    const swarm = drawSwarm({ have: '..', peers: { a: '##' } });
    swarm.pick('a', 4);
    expect(swarm.draw()).toBe('pp');
    expect(swarm.text(swarm.picker.release(swarm.key('a')))).toMatch(/^0.0 0.1 1.0 1.1$|^1.0 1.1 0.0 0.1$/);
    expect(swarm.draw()).toBe('..');
  });

  test('a fast peer begins its own rather than help', () => {
    const swarm = drawSwarm({ have: '1..', peers: { a: '###' }, options: { strategy: 'sequential' } });
    expect(swarm.pick('a', 2, { wholePieces: true })).toBe('1.0 1.1');
    expect(swarm.pick('a', 1)).toBe('0.1');
  });

  test('without a buffer for another one, only those go on', () => {
    const swarm = drawSwarm({ have: '1..', peers: { a: '###' } });
    expect(swarm.pick('a', 9, { newPieces: false })).toBe('0.1');
    expect(swarm.draw()).toBe('p..');
  });
});

describe('deadlines', () => {
  test('come before everything, soonest first', () => {
    const swarm = drawSwarm({ have: '1...', priorities: '7 7 1 1', peers: { a: '####', b: '####' } });
    swarm.picker.setDeadline(swarm.piece(2), 2000);
    swarm.picker.setDeadline(swarm.piece(3), 1000);
    expect(swarm.pick('a', 3)).toBe('3.0 3.1 2.0');
    swarm.picker.clearDeadline(swarm.piece(2));
    expect(swarm.picker.hasDeadline(swarm.piece(2))).toBe(false);
  });

  test('the same piece comes from everybody who has it', () => {
    const swarm = drawSwarm({ have: '....', blocksPerPiece: 4, peers: { a: '####', b: '####', c: '.###' } });
    swarm.picker.setDeadline(swarm.piece(0), 0);
    expect(swarm.pick('a', 2)).toBe('0.0 0.1');
    expect(swarm.pick('c', 1)).toMatch(/^[123]\.0$/);
    expect(swarm.pick('b', 2)).toBe('0.2 0.3');
  });

  test('what is late is asked for from several peers, and what is not is not', () => {
    const swarm = drawSwarm({ have: '....', blocksPerPiece: 2, peers: { a: '####', b: '#...', c: '#...' } });
    swarm.picker.setDeadline(swarm.piece(0), 1000);
    expect(swarm.pick('a', 2, { nowMs: 0 })).toBe('0.0 0.1');
    expect(swarm.pick('b', 2, { nowMs: 999 })).toBe('');
    expect(swarm.picker.nextDeadlineMs(0)).toBe(1000);
    expect(swarm.pick('b', 2, { nowMs: 1000 })).toBe('0.0 0.1');
    expect(swarm.picker.nextDeadlineMs(1000)).toBeUndefined();
    expect(swarm.arrive('b', '0.0')).toContain('accepted');
    expect(swarm.picker.requestsOf(swarm.key('a')).map(({ begin }) => begin)).toEqual([16_384]);
  });

  test('end with the piece, and are bounded in number', () => {
    const swarm = drawSwarm({ have: '.'.repeat(257), peers: { a: '#'.repeat(257) } });
    for (let piece = 0; piece < 256; piece++) swarm.picker.setDeadline(swarm.piece(piece), 1000 - piece);
    expect(() => swarm.picker.setDeadline(swarm.piece(256), 1)).toThrow(PiecesError);
    expect(swarm.pickPiece('a')).toBe(255);
    swarm.picker.pieceVerified(swarm.piece(0));
    expect(swarm.picker.hasDeadline(swarm.piece(0))).toBe(false);
    swarm.picker.setDeadline(swarm.piece(0), 1);
    expect(swarm.picker.hasDeadline(swarm.piece(0))).toBe(false);
    swarm.picker.setDeadline(swarm.piece(256), 1);
    expect(swarm.picker.hasDeadline(swarm.piece(256))).toBe(true);
    expect(() => swarm.picker.setDeadline(swarm.piece(1), Number.NaN)).toThrow(PiecesError);
  });
});

describe('priorities that change', () => {
  test('an unwanted piece is asked for no more, keeps its blocks, and goes on when wanted again', () => {
    const swarm = drawSwarm({ have: '..', blocksPerPiece: 3, peers: { a: '##' }, options: { strategy: 'sequential' } });
    swarm.pick('a', 3);
    swarm.arrive('a', '0.1');
    const cancels = swarm.picker.setPriority(swarm.piece(0), 0);
    expect(swarm.text(cancels.map(({ block }) => block))).toBe('0.0 0.2');
    expect(swarm.draw()).toBe('-.');
    expect(swarm.pick('a', 9)).toBe('1.0 1.1 1.2');
    expect(swarm.picker.setPriority(swarm.piece(0), 3)).toEqual([]);
    expect(swarm.draw()).toBe('pp');
    expect(swarm.pick('a', 9)).toBe('0.0 0.2');
  });

  test('a block that comes too late for an unwanted piece is kept if the piece has others', () => {
    const swarm = drawSwarm({ have: '..', peers: { a: '##' }, options: { strategy: 'sequential' } });
    swarm.pick('a', 4);
    swarm.arrive('a', '0.0');
    swarm.picker.setPriority(swarm.piece(0), 0);
    swarm.picker.setPriority(swarm.piece(1), 0);
    expect(swarm.arrive('a', '1.0')).toBe('duplicate');
    expect(swarm.arrive('a', '0.1')).toBe('piece-filled');
    expect(swarm.draw()).toBe('v-');
    swarm.picker.pieceRejected(swarm.piece(0));
    expect(swarm.draw()).toBe('--');
  });

  test('all at once, with the requests to cancel', () => {
    const swarm = drawSwarm({ have: '#...', peers: { a: '####' }, options: { strategy: 'sequential' } });
    swarm.pick('a', 4);
    const cancels = swarm.picker.setPriorities([0, 0, 5, 0]);
    expect(swarm.text(cancels.map(({ block }) => block))).toBe('1.0 1.1');
    expect(swarm.draw()).toBe('#-p-');
    expect(swarm.picker.priorityOf(swarm.piece(2))).toBe(5);
    expect(() => swarm.picker.setPriorities([1])).toThrow(PiecesError);
    expect(() => swarm.picker.setPriority(swarm.piece(2), 8)).toThrow(PiecesError);
    expect(() => swarm.picker.setPriority(swarm.piece(2), 1.5)).toThrow(PiecesError);
  });

  test('a raised one is begun next, also by a peer that has long known its candidates', () => {
    const count = 3000;
    const rare = '#'.repeat(1000) + '.'.repeat(2000);
    const common = '.'.repeat(1000) + '#'.repeat(2000);
    const swarm = drawSwarm({ have: '.'.repeat(count), peers: { rare, a: common, b: common } });
    expect(swarm.pickPiece('a')).toBeGreaterThanOrEqual(1000);
    swarm.deliver('a');
    swarm.picker.setPriority(swarm.piece(2500), 7);
    swarm.pick('a', 1);
    expect(swarm.pickPiece('a')).toBe(2500);
  });
});

test('a piece that comes back to a peer with a shortlist is begun in its turn', () => {
  const common = '.'.repeat(500) + '#'.repeat(40);
  const swarm = drawSwarm({
    have: '.'.repeat(540),
    blocksPerPiece: 1,
    peers: { rare: '#'.repeat(500) + '.'.repeat(40), a: common, b: common },
  });
  expect(swarm.pick('a', 30).split(' ')).toHaveLength(30);
  expect(swarm.pick('b', 10).split(' ')).toHaveLength(10);
  const back = swarm.picker.release(swarm.key('a')).map((block) => block.piece as PieceIndex);
  const picked = swarm.picker.pick(swarm.key('b'), 30).map((block) => block.piece);
  expect([...picked].sort()).toEqual([...back].sort());
});

test('a peer that announces one piece after another is asked for all of them', () => {
  const swarm = drawSwarm({
    have: '.'.repeat(6000),
    blocksPerPiece: 1,
    peers: { rare: '#'.repeat(5700) + '.'.repeat(300), a: '.'.repeat(6000) },
  });
  expect(swarm.pick('a', 1)).toBe('');
  for (let piece = 5700; piece < 6000; piece++) swarm.picker.peerAnnounced(swarm.key('a'), swarm.piece(piece));
  expect(swarm.picker.pick(swarm.key('a'), 1000)).toHaveLength(300);
  expect(swarm.pick('a', 1)).toBe('');
});
