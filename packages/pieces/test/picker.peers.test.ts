import { describe, expect, test } from 'vitest';
import {
  ALLOWED_FAST_MAX,
  Bitfield,
  Geometry,
  LATE_BLOCKS_MAX,
  Picker,
  type PickerOptions,
  PiecesError,
} from '../src/index.js';
import { drawSwarm } from './draw-swarm.js';

describe('peers', () => {
  test('a peer that chokes is asked for nothing, and keeps what it was asked for', () => {
    const swarm = drawSwarm({ have: '..', peers: { 'a!': '##' } });
    expect(swarm.pick('a', 1)).toBe('');
    swarm.picker.peerUnchoked(swarm.key('a'));
    expect(swarm.pick('a', 1)).not.toBe('');
    swarm.picker.peerChoked(swarm.key('a'));
    expect(swarm.pick('a', 1)).toBe('');
    expect(swarm.picker.requestCountOf(swarm.key('a'))).toBe(1);
  });

  test('has everything once it said so, at once or piece by piece, until it takes a piece back (BEP 54)', () => {
    const swarm = drawSwarm({ have: '..', peers: { a: '##', b: '#.' } });
    const hasEverything = () => ['a', 'b'].map((name) => swarm.picker.hasEverything(swarm.key(name)));
    expect(hasEverything()).toEqual([true, false]);
    expect(['a', 'b'].map((name) => swarm.picker.pieceCountOf(swarm.key(name)))).toEqual([2, 1]);
    swarm.picker.peerAnnounced(swarm.key('b'), swarm.piece(1));
    swarm.picker.peerRetracted(swarm.key('a'), swarm.piece(0));
    expect(hasEverything()).toEqual([false, true]);
  });

  test('but for pieces it allows all the same (BEP 6)', () => {
    const swarm = drawSwarm({ have: '...', peers: { 'a!': '##.', 'b!': '##.' } });
    for (const piece of [1, 2]) swarm.picker.peerAllowedFast(swarm.key('a'), swarm.piece(piece));
    expect(swarm.explain('a')).toBe('can-be-asked 1');
    expect(swarm.pick('a', 9, { newPieces: false })).toBe('');
    expect(swarm.pick('a', 1)).toBe('1.0');
    expect(swarm.pick('a', 9)).toBe('1.1');
    expect(swarm.pick('b', 9)).toBe('');
    expect(swarm.explain('b')).toBe('choking 0 1');
  });

  test('allowed pieces are bounded', () => {
    const count = ALLOWED_FAST_MAX + 10;
    const swarm = drawSwarm({ have: '.'.repeat(count), blocksPerPiece: 1, peers: { 'a!': '#'.repeat(count) } });
    for (let piece = 0; piece < count; piece++) swarm.picker.peerAllowedFast(swarm.key('a'), swarm.piece(piece));
    expect(swarm.picker.pick(swarm.key('a'), count)).toHaveLength(ALLOWED_FAST_MAX);
  });

  test('interest follows what is wanted and held', () => {
    const swarm = drawSwarm({ have: '#..', peers: { a: '#..', seed: '###' } });
    const [a, seed] = [swarm.key('a'), swarm.key('seed')];
    expect([swarm.picker.isInterestedIn(a), swarm.picker.isInterestedIn(seed)]).toEqual([false, true]);
    swarm.picker.peerAnnounced(a, swarm.piece(2));
    expect(swarm.picker.isInterestedIn(a)).toBe(true);
    swarm.picker.setPriority(swarm.piece(2), 0);
    expect(swarm.picker.isInterestedIn(a)).toBe(false);
    swarm.picker.setPriority(swarm.piece(2), 1);
    swarm.picker.pieceVerified(swarm.piece(1));
    swarm.picker.pieceVerified(swarm.piece(2));
    expect([swarm.picker.isInterestedIn(a), swarm.picker.isInterestedIn(seed)]).toEqual([false, false]);
    swarm.picker.pieceLost(swarm.piece(0));
    expect(swarm.picker.isInterestedIn(a)).toBe(true);
  });

  test('a piece retracted takes its requests along', () => {
    const swarm = drawSwarm({ have: '..', peers: { seed: '##' }, options: { strategy: 'sequential' } });
    swarm.pick('seed', 3);
    expect(swarm.text(swarm.picker.peerRetracted(swarm.key('seed'), swarm.piece(0)))).toBe('0.0 0.1');
    expect(swarm.picker.peerRetracted(swarm.key('seed'), swarm.piece(0))).toEqual([]);
    expect(swarm.requests('seed')).toBe('1.0');
    expect(swarm.draw()).toBe('.p');
    expect(swarm.pick('seed', 9)).toBe('1.1');
    swarm.picker.peerAnnounced(swarm.key('seed'), swarm.piece(0));
    expect(swarm.pick('seed', 9)).toBe('0.0 0.1');
  });

  test('a peer that rejects everything is asked for each piece once, until it unchokes us again', () => {
    const swarm = drawSwarm({
      have: '...',
      blocksPerPiece: 1,
      peers: { a: '###' },
      options: { strategy: 'sequential' },
    });
    const a = swarm.key('a');
    for (const block of ['0.0', '1.0', '2.0', '']) {
      expect(swarm.pick('a', 1)).toBe(block);
      if (block !== '') expect(swarm.picker.releaseBlock(a, swarm.block(block), 'rejected')).toBe(true);
    }
    expect(swarm.explain('a')).toBe('declined 0 1 2');
    expect(swarm.standsBetween()).toBe('declined 0 1 2');
    swarm.picker.peerAnnounced(a, swarm.piece(1));
    expect(swarm.pick('a', 9)).toBe('1.0');
    swarm.picker.peerUnchoked(a);
    expect(swarm.pick('a', 9)).toBe('0.0 2.0');
    expect(swarm.picker.releaseBlock(a, swarm.block('1.0'), 'rejected')).toBe(true);
    expect(swarm.picker.releaseBlock(a, swarm.block('1.0'), 'rejected')).toBe(false);
    swarm.picker.retry(a);
    expect(swarm.pick('a', 9)).toBe('1.0');
  });

  test('a block that timed out is asked of another peer first, of the same one last', () => {
    const swarm = drawSwarm({
      have: '..',
      blocksPerPiece: 1,
      peers: { a: '##', b: '#.' },
      options: { strategy: 'sequential' },
    });
    expect(swarm.pick('a', 1)).toBe('0.0');
    swarm.picker.releaseBlock(swarm.key('a'), swarm.block('0.0'), 'timed-out');
    expect(swarm.pick('a', 1)).toBe('1.0');
    expect(swarm.pick('b', 1)).toBe('0.0');
    swarm.picker.release(swarm.key('b'));
    expect(swarm.pick('a', 1)).toBe('0.0');
  });

  test('late answers are used, each request once', () => {
    const swarm = drawSwarm({ have: '.', peers: { a: '#', b: '#' } });
    swarm.pick('a', 1);
    swarm.picker.release(swarm.key('a'));
    expect(swarm.draw()).toBe('.');
    expect(swarm.arrive('a', '0.0')).toBe('accepted');
    expect(swarm.draw()).toBe('p');
    expect(swarm.arrive('a', '0.0')).toBe('unrequested');
    expect(swarm.pick('a', 1)).toBe('0.1');
    swarm.picker.releaseBlock(swarm.key('a'), swarm.block('0.1'), 'timed-out');
    expect(swarm.pick('b', 1)).toBe('0.1');
    expect(swarm.arrive('a', '0.1')).toBe('piece-filled cancel b 0.1');
  });

  test('blocks never asked for are told apart', () => {
    const swarm = drawSwarm({ have: '#.', peers: { a: '##' } });
    expect(swarm.arrive('a', '1.0')).toBe('unrequested');
    expect(swarm.arrive('a', '0.0')).toBe('unrequested');
  });

  test('so many given-up requests are remembered and no more', () => {
    const count = LATE_BLOCKS_MAX + 1;
    const swarm = drawSwarm({
      have: '.'.repeat(count),
      blocksPerPiece: 1,
      peers: { a: '#'.repeat(count) },
      options: { strategy: 'sequential' },
    });
    swarm.pick('a', count);
    swarm.picker.release(swarm.key('a'));
    expect(swarm.arrive('a', '0.0')).toBe('unrequested');
    expect(swarm.arrive('a', '1.0')).toBe('piece-filled');
  });
});

describe('why', () => {
  test('a peer is asked for nothing', () => {
    const swarm = drawSwarm({
      have: '#....-',
      peers: { nothing: '......', had: '#....#', 'choking!': '.#....', one: '.#....', two: '.#....' },
      blocksPerPiece: 1,
      options: { endgameCopiesMax: 1 },
    });
    expect(swarm.explain('nothing')).toBe('lacks-wanted 1 2 3 4');
    expect(swarm.explain('had')).toBe('lacks-wanted 1 2 3 4');
    expect(swarm.explain('choking')).toBe('choking 1');
    expect(swarm.explain('one')).toBe('can-be-asked 1');
    swarm.pick('one', 1);
    expect(swarm.explain('two')).toBe('all-requested 1');
    swarm.arrive('one', '1.0');
    expect(swarm.explain('two')).toBe('being-verified 1');
    for (const piece of [1, 2, 3, 4]) swarm.picker.pieceVerified(swarm.piece(piece));
    expect(swarm.explain('two')).toBe('nothing-wanted');
  });

  test('the torrent is not complete', () => {
    const swarm = drawSwarm({
      have: '#......',
      blocksPerPiece: 1,
      peers: { a: '#.#.##.', 'b!': '...#...', c: '.....#.' },
      options: { strategy: 'sequential' },
    });
    expect(swarm.pick('a', 2)).toBe('2.0 4.0');
    swarm.arrive('a', '4.0');
    expect(swarm.standsBetween()).toBe(
      'held-by-nobody 1 6, held-by-choking 3, can-be-asked 5, being-fetched 2, being-verified 4',
    );
    expect(swarm.pick('c', 1)).toBe('5.0');
    swarm.picker.releaseBlock(swarm.key('c'), swarm.block('5.0'), 'rejected');
    swarm.picker.peerChoked(swarm.key('a'));
    expect(swarm.standsBetween()).toContain('declined 5');
    for (const piece of [1, 2, 3, 4, 5, 6]) swarm.picker.pieceVerified(swarm.piece(piece));
    expect(swarm.standsBetween()).toBe('');
  });

  test('many pieces are counted, a few are named', () => {
    const swarm = drawSwarm({ have: '.'.repeat(100), peers: { a: '.'.repeat(100) } });
    const [obstacle] = swarm.picker.standsBetween();
    expect(obstacle?.pieceCount).toBe(100);
    expect(obstacle?.pieces).toHaveLength(16);
  });
});

describe('between runs', () => {
  test('the blocks of unfinished pieces go on', () => {
    const before = drawSwarm({
      have: '#...',
      blocksPerPiece: 9,
      peers: { a: '####' },
      options: { strategy: 'sequential' },
    });
    before.pick('a', 20);
    before.arrive('a', '1.0 1.8 2.1');
    before.picker.setPriority(before.piece(2), 0);
    const partials = before.picker.exportPartials();
    expect(partials).toEqual([
      { piece: 1, blocks: Uint8Array.of(0x80, 0x80) },
      { piece: 2, blocks: Uint8Array.of(0x40, 0x00) },
    ]);
    const after = drawSwarm({
      have: '#...',
      blocksPerPiece: 9,
      peers: { a: '####' },
      options: { strategy: 'sequential' },
    });
    expect(after.picker.importPartials(partials)).toEqual([]);
    expect(after.draw()).toBe('#pp.');
    expect(after.pick('a', 15)).toBe('1.1 1.2 1.3 1.4 1.5 1.6 1.7 2.0 2.2 2.3 2.4 2.5 2.6 2.7 2.8');
    after.arrive('a', '1.1 1.2 1.3 1.4 1.5 1.6 1.7');
    expect(after.draw()).toBe('#vp.');
    const rejection = after.picker.pieceRejected(after.piece(1));
    expect(rejection.suppliers).toEqual([undefined, 0, 0, 0, 0, 0, 0, 0, undefined]);
    expect(rejection.contributors).toEqual([0]);
  });

  test('a piece of which everything is held has to be verified', () => {
    const swarm = drawSwarm({ have: '#.-', peers: { a: '###' } });
    const whole = Uint8Array.of(0xc0);
    const partials = [0, 1, 2].map((piece) => ({ piece: swarm.piece(piece), blocks: whole }));
    expect(swarm.picker.importPartials(partials)).toEqual([1, 2]);
    expect(swarm.draw()).toBe('#vv');
    expect(swarm.picker.exportPartials()).toEqual(partials.slice(1));
    expect(swarm.picker.importPartials(partials)).toEqual([]);
    expect(swarm.picker.importPartials([{ piece: swarm.piece(0), blocks: Uint8Array.of(0) }])).toEqual([]);
  });

  test.each([
    ['too short', []],
    ['too long', [0x80, 0]],
    ['a spare bit', [0x20]],
  ])('a bitmap that does not fit is refused: %s', (_, blocks) => {
    const swarm = drawSwarm({ have: '.', peers: {} });
    expect(() => swarm.picker.importPartials([{ piece: swarm.piece(0), blocks: Uint8Array.from(blocks) }])).toThrow(
      PiecesError,
    );
  });
});

describe('misuse', () => {
  const geometry = new Geometry({ totalLength: 3, pieceLength: 1 });
  const make = (options?: PickerOptions) => new Picker(geometry, Bitfield.empty(3), () => 0, options);
  const piece = geometry.pieceAt(0)!;

  test.each<[string, () => unknown]>([
    ['unknown-peer', () => make().pick(1, 1)],
    ['unknown-peer', () => make().peerLeft(1)],
    ['unknown-peer', () => make().blockArrived(1, geometry.blockOf(piece, 0))],
    ['bad-option', () => make().peerJoined(-1, 'nothing')],
    ['bad-option', () => make().peerJoined(0.5, 'nothing')],
    ['bad-option', () => make({ endgameCopiesMax: 0 })],
    ['bad-option', () => make({ partialPiecesMax: 0 })],
    ['bad-option', () => make({ randomFirstPieces: -1 })],
    ['bad-option', () => make({ strategy: 'fastest' as 'sequential' })],
    ['bad-length', () => new Picker(geometry, Bitfield.empty(4), () => 0)],
    ['bad-length', () => make().peerJoined(1, Bitfield.full(4))],
    ['wrong-state', () => make().pieceRejected(piece)],
    ['wrong-state', () => make().pieceLost(piece)],
  ])('%s', (code, act) => {
    let thrown: unknown;
    try {
      act();
    } catch (error) {
      thrown = error;
    }
    expect(PiecesError.isInstance(thrown) && thrown.code).toBe(code);
  });

  test('a peer joins once', () => {
    const picker = make();
    picker.peerJoined(1, 'nothing');
    expect(() => picker.peerJoined(1, 'nothing')).toThrow(/joined already/);
  });

  test('a torrent of no bytes is complete', () => {
    const empty = new Picker(new Geometry({ totalLength: 0, pieceLength: 1 }), Bitfield.empty(0), () => 0);
    empty.peerJoined(0, Bitfield.empty(0));
    empty.peerUnchoked(0);
    expect([empty.isComplete, empty.isInterestedIn(0), empty.pick(0, 1).length]).toEqual([true, false, 0]);
  });
});
