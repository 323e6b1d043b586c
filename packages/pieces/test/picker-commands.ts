import fc from 'fast-check';
import { expect } from 'vitest';
import {
  Bitfield,
  type Block,
  Geometry,
  type ObstacleType,
  type PeerKey,
  Picker,
  type PickerOptions,
  type PickOptions,
  type PieceIndex,
  type Strategy,
} from '../src/index.js';
import { idOf, NaiveModel, type PeerState } from './naive-model.js';

/** A picker, the strategy it follows, and how many pieces it begins at random. */
export interface Subject {
  readonly picker: Picker;
  strategy: Strategy;
  readonly randomFirstPieces: number;
}

type PickerCommand = fc.Command<NaiveModel, Subject>;

/** Everything that can happen to a picker, as one command: what it is, and numbers to choose its details by. */
export interface Happening {
  readonly what: keyof typeof HAPPENINGS;
  readonly a: number;
  readonly b: number;
  readonly pieces: readonly number[];
}

/** Runs one happening on both sides and compares everything that can be seen afterwards. */
export class Happens implements PickerCommand {
  private readonly happening: Happening;

  constructor(happening: Happening) {
    this.happening = happening;
  }

  check(): boolean {
    return true;
  }

  run(model: NaiveModel, subject: Subject): void {
    const { what, ...details } = this.happening;
    HAPPENINGS[what](model, subject, details);
    compare(model, subject.picker);
  }

  toString(): string {
    const { what, a, b, pieces } = this.happening;
    return `${what}(${a}, ${b}, [${pieces.join(' ')}])`;
  }
}

type Details = Omit<Happening, 'what'>;

const HAPPENINGS = {
  join(model: NaiveModel, { picker }: Subject, { a, pieces }: Details): void {
    if (model.peers.size >= 6) return;
    const key = model.nextPeer++;
    const all = model.indexes;
    const has = a % 4 === 0 ? all : a % 4 === 1 ? [] : pieces.map((piece) => piece % all.length);
    model.peers.set(key, {
      has: new Set(has),
      choking: true,
      allowedFast: new Set(),
      declined: new Map(),
      late: new Set(),
    });
    const field = Bitfield.of(all.length, has as PieceIndex[]);
    picker.peerJoined(key, a % 8 === 0 ? 'everything' : a % 8 === 1 ? 'nothing' : field);
    // Most peers serve: a swarm of chokers would show little.
    if (a % 3 !== 0) HAPPENINGS.unchoke(model, { picker } as Subject, { a: model.peers.size - 1, b: 0, pieces: [] });
  },
  leave(model: NaiveModel, { picker }: Subject, { a }: Details): void {
    withPeer(model, a, (key) => {
      const requested = model.requestsOf(key);
      for (const block of requested) model.release(key, block);
      model.peers.delete(key);
      expect(sortedIds(picker.peerLeft(key))).toEqual(sortedIds(requested));
    });
  },
  announce(model: NaiveModel, { picker }: Subject, { a, b }: Details): void {
    withPeer(model, a, (key, peer) => {
      const piece = pieceOf(model, b);
      peer.has.add(piece);
      peer.declined.delete(piece);
      picker.peerAnnounced(key, piece);
    });
  },
  retract(model: NaiveModel, { picker }: Subject, { a, b }: Details): void {
    withPeer(model, a, (key, peer) => {
      const piece = pieceOf(model, b);
      peer.has.delete(piece);
      const requested = model.requestsOf(key).filter((block) => block.piece === piece);
      for (const block of requested) model.release(key, block);
      expect(sortedIds(picker.peerRetracted(key, piece))).toEqual(sortedIds(requested));
    });
  },
  unchoke(model: NaiveModel, { picker }: Subject, { a }: Details): void {
    withPeer(model, a, (key, peer) => {
      peer.choking = false;
      peer.declined.clear();
      picker.peerUnchoked(key);
    });
  },
  choke(model: NaiveModel, subject: Subject, details: Details): void {
    withPeer(model, details.a, (key, peer) => {
      peer.choking = true;
      subject.picker.peerChoked(key);
      if (details.b % 2 === 0) HAPPENINGS.release(model, subject, details);
    });
  },
  allowFast(model: NaiveModel, { picker }: Subject, { a, b }: Details): void {
    withPeer(model, a, (key, peer) => {
      peer.allowedFast.add(pieceOf(model, b));
      picker.peerAllowedFast(key, pieceOf(model, b));
    });
  },
  release(model: NaiveModel, { picker }: Subject, { a }: Details): void {
    withPeer(model, a, (key) => {
      const requested = model.requestsOf(key);
      for (const block of requested) model.release(key, block);
      expect(sortedIds(picker.release(key))).toEqual(sortedIds(requested));
    });
  },
  releaseBlock(model: NaiveModel, { picker }: Subject, { a, b }: Details): void {
    withPeer(model, a, (key, peer) => {
      const requested = model.requestsOf(key);
      const why = b % 2 === 0 ? 'rejected' : 'timed-out';
      const block = requested[(b >>> 1) % requested.length] ?? model.geometry.blockOf(pieceOf(model, b), 0);
      expect(picker.releaseBlock(key, block, why)).toBe(requested.length > 0);
      if (requested.length === 0) return;
      peer.declined.set(block.piece, why);
      model.release(key, block);
    });
  },
  retry(model: NaiveModel, { picker }: Subject, { a }: Details): void {
    withPeer(model, a, (key, peer) => {
      peer.declined.clear();
      picker.retry(key);
    });
  },
  pick(model: NaiveModel, subject: Subject, { a, b }: Details): void {
    withPeer(model, a, (key) => {
      const options = { wholePieces: b % 5 === 0, newPieces: b % 7 !== 0 };
      pickAndCheck(model, subject, key, 1 + (b % 6), options);
    });
  },
  arrive(model: NaiveModel, { picker }: Subject, { a, b }: Details): void {
    withPeer(model, a, (key) => {
      const requested = model.requestsOf(key);
      const block = requested[b % requested.length];
      if (block !== undefined) arriveAndCheck(model, picker, key, block);
    });
  },
  arriveLate(model: NaiveModel, { picker }: Subject, { a, b }: Details): void {
    withPeer(model, a, (key, peer) => {
      const [piece, begin] = ([...peer.late][b % peer.late.size] ?? '').split(':').map(Number);
      if (piece === undefined || begin === undefined) return;
      const block = model.geometry.blocksOf(piece as PieceIndex).find((other) => other.begin === begin)!;
      arriveAndCheck(model, picker, key, block);
    });
  },
  arriveUnasked(model: NaiveModel, { picker }: Subject, { a, b }: Details): void {
    withPeer(model, a, (key) => arriveAndCheck(model, picker, key, model.geometry.blockOf(pieceOf(model, b), 0)));
  },
  judge(model: NaiveModel, { picker }: Subject, { a, b }: Details): void {
    const verifying = model.indexes.filter((piece) => model.statusOf(piece) === 'verifying');
    const piece = verifying[a % verifying.length];
    if (piece === undefined) return;
    const state = model.pieces[piece]!;
    if (b % 3 > 0) {
      expect(picker.pieceVerified(piece)).toEqual([]);
      state.settled = 'have';
      state.suspect = false;
    } else {
      const suppliers = state.blocks.map((block) => block.supplier);
      expect(picker.pieceRejected(piece)).toEqual({ piece, suppliers, contributors: [...new Set(suppliers)] });
      state.settled = undefined;
      state.suspect = true;
    }
    model.clear(piece);
  },
  foundElsewhere(model: NaiveModel, { picker }: Subject, { a }: Details): void {
    const piece = pieceOf(model, a);
    const expected = model.geometry.blocksOf(piece).flatMap((block) => model.releaseAll(block));
    expect(picker.pieceVerified(piece)).toEqual(expected);
    Object.assign(model.pieces[piece]!, { settled: 'have', suspect: false });
    model.clear(piece);
  },
  lose(model: NaiveModel, { picker }: Subject, { a }: Details): void {
    const piece = pieceOf(model, a);
    if (model.statusOf(piece) !== 'have') return;
    model.pieces[piece]!.settled = undefined;
    picker.pieceLost(piece);
  },
  prioritise(model: NaiveModel, { picker }: Subject, { a, b }: Details): void {
    const piece = pieceOf(model, a);
    const priority = b % 8;
    const stops = priority === 0 && model.isFetchable(piece);
    const expected = stops ? model.geometry.blocksOf(piece).flatMap((block) => model.releaseAll(block)) : [];
    model.pieces[piece]!.priority = priority;
    expect(picker.setPriority(piece, priority)).toEqual(expected);
  },
  deadline(model: NaiveModel, { picker }: Subject, { a, b }: Details): void {
    if (b % 3 === 0) picker.clearDeadline(pieceOf(model, a));
    else picker.setDeadline(pieceOf(model, a), b);
  },
  changeStrategy(_: NaiveModel, subject: Subject, { a }: Details): void {
    subject.strategy = a % 2 === 0 ? 'rarest-first' : 'sequential';
    subject.picker.setStrategy(subject.strategy);
  },
};

/** Picks, and checks every block against the rules, in the order in which they were given. */
function pickAndCheck(
  model: NaiveModel,
  subject: Subject,
  key: PeerKey,
  count: number,
  options: Required<PickOptions>,
): readonly Block[] {
  const peer = model.peers.get(key)!;
  const { picker } = subject;
  const explained = picker.explain(key).reason;
  const blocks = picker.pick(key, count, options);
  expect(blocks.length).toBeLessThanOrEqual(count);
  if (options.newPieces) expect(explained === 'can-be-asked', explained).toBe(blocks.length > 0);
  for (const block of blocks) {
    checkChoice(model, subject, key, peer, block);
    model.blockState(block).asked.add(key);
  }
  const isOpen = (piece: number): boolean => options.newPieces || model.statusOf(piece) === 'partial';
  if (blocks.length < count) {
    // What timed out may wait as long as there was something else.
    const excused = (piece: number): boolean => blocks.length > 0 && peer.declined.has(piece);
    const left = model.indexes.filter((piece) => isOpen(piece) && !excused(piece) && model.mustOffer(key, piece));
    expect(left, 'pieces with free blocks were passed over').toEqual([]);
    if (model.isEndgame() && !peer.choking) {
      const doubles = model.indexes.filter((piece) => !excused(piece) && model.mustDouble(key, piece));
      expect(doubles, 'endgame passed over').toEqual([]);
    }
  }
  const isForgiven = blocks.length === 0 || blocks.some((block) => peer.declined.has(block.piece));
  if (isForgiven && !peer.choking) forgiveTimeouts(peer);
  return blocks;
}

function forgiveTimeouts(peer: PeerState): void {
  for (const [piece, why] of peer.declined) if (why === 'timed-out') peer.declined.delete(piece);
}

function checkChoice(model: NaiveModel, subject: Subject, key: PeerKey, peer: PeerState, block: Block): void {
  const state = model.blockState(block);
  const what = `block ${idOf(block)} for peer ${key}`;
  expect(model.mayAsk(peer, block.piece), `${what} may not be asked for`).toBe(true);
  expect(model.isFetchable(block.piece), `${what} is of no use`).toBe(true);
  expect(state.supplier, `${what} is here already`).toBeUndefined();
  expect(state.asked.has(key), `${what} is requested from it already`).toBe(false);
  if (state.asked.size > 0) {
    expect(model.isEndgame(), `${what} requested twice outside endgame`).toBe(true);
    expect(state.asked.size, `${what} requested too often`).toBeLessThan(model.copiesMax);
  } else if (model.statusOf(block.piece) === 'missing') checkNewPiece(model, subject, peer, block.piece);
}

/** A new piece is of the highest priority on offer, and the rarest or first of these; deadlines go before. */
function checkNewPiece(model: NaiveModel, subject: Subject, peer: PeerState, piece: PieceIndex): void {
  if (subject.picker.hasDeadline(piece) || peer.choking) return;
  const offered = model.indexes.filter((other) => model.statusOf(other) === 'missing' && model.mayAsk(peer, other));
  const rivals = offered.filter((other) => peer.declined.has(other) === peer.declined.has(piece));
  const priorities = rivals.map((other) => model.pieces[other]!.priority);
  expect(model.pieces[piece]!.priority).toBe(Math.max(...priorities));
  const equals = rivals.filter((other) => model.pieces[other]!.priority === model.pieces[piece]!.priority);
  const begun = model.indexes.filter((other) => ['have', 'verifying', 'partial'].includes(model.statusOf(other)));
  if (subject.strategy === 'sequential') expect(piece).toBe(Math.min(...equals));
  else if (begun.length >= subject.randomFirstPieces) {
    expect(model.availabilityOf(piece)).toBe(Math.min(...equals.map((other) => model.availabilityOf(other))));
  }
}

function arriveAndCheck(model: NaiveModel, picker: Picker, key: PeerKey, block: Block): void {
  const peer = model.peers.get(key)!;
  const state = model.blockState(block);
  const wasAsked = state.asked.delete(key);
  const wasExpected = wasAsked || peer.late.delete(idOf(block));
  const { outcome, cancels } = picker.blockArrived(key, block);
  if (!wasExpected) expect(outcome).toBe('unrequested');
  if (!wasExpected) return;
  const status = model.statusOf(block.piece);
  const isParked =
    status === 'unwanted' && model.pieces[block.piece]!.blocks.some((other) => other.supplier !== undefined);
  const isUseful = wasAsked || status === 'missing' || status === 'partial' || isParked;
  if (!isUseful || state.supplier !== undefined) {
    expect(outcome).toBe('duplicate');
    return;
  }
  expect(sorted(cancels)).toEqual(sorted(model.releaseAll(block)));
  state.supplier = key;
  const isFull = model.pieces[block.piece]!.blocks.every((other) => other.supplier !== undefined);
  expect(outcome).toBe(isFull ? 'piece-filled' : 'accepted');
  if (isFull) model.pieces[block.piece]!.settled = 'verifying';
}

function compare(model: NaiveModel, picker: Picker): void {
  expect(model.indexes.map((piece) => picker.statusOf(piece))).toEqual(
    model.indexes.map((piece) => model.statusOf(piece)),
  );
  const counts = { missing: 0, partial: 0, verifying: 0, have: 0, unwanted: 0 };
  for (const piece of model.indexes) counts[model.statusOf(piece)]++;
  expect(picker.counts).toEqual(counts);
  expect([...picker.have]).toEqual(model.indexes.filter((piece) => model.statusOf(piece) === 'have'));
  expect(picker.isEndgame).toBe(model.isEndgame());
  expect(picker.isComplete).toBe(counts.missing + counts.partial + counts.verifying === 0);
  for (const piece of model.indexes) expect(picker.availabilityOf(piece)).toBe(model.availabilityOf(piece));
  for (const [key, peer] of model.peers) {
    expect(sortedIds(picker.requestsOf(key))).toEqual(sortedIds(model.requestsOf(key)));
    expect(picker.isInterestedIn(key)).toBe(model.isInterestedIn(peer));
  }
  compareObstacles(model, picker);
}

function compareObstacles(model: NaiveModel, picker: Picker): void {
  const expected = new Map<ObstacleType, number[]>();
  for (const piece of model.indexes.filter((index) => model.isWanted(index))) {
    const type = obstacleOf(model, piece);
    expected.set(type, [...(expected.get(type) ?? []), piece]);
  }
  const found = new Map(picker.standsBetween().map(({ type, pieces }) => [type, [...pieces]]));
  expect(found).toEqual(expected);
}

function obstacleOf(model: NaiveModel, piece: number): ObstacleType {
  if (model.statusOf(piece) === 'verifying') return 'being-verified';
  if (!model.hasFree(piece)) return 'being-fetched';
  const holders = [...model.peers.values()].filter((peer) => peer.has.has(piece));
  if (holders.length === 0) return 'held-by-nobody';
  const givers = holders.filter((peer) => !peer.choking || peer.allowedFast.has(piece));
  if (givers.length === 0) return 'held-by-choking';
  return givers.some((peer) => peer.declined.get(piece) !== 'rejected') ? 'can-be-asked' : 'declined';
}

/**
 * From here on some peers serve whatever they are asked for, and the others go silent. Every wanted piece that is held
 * by one who serves has to arrive, in as many rounds as there are blocks.
 */
export function heal(model: NaiveModel, subject: Subject, isServing: (key: PeerKey) => boolean): void {
  const { picker } = subject;
  for (const key of model.peers.keys()) {
    const at = { a: [...model.peers.keys()].indexOf(key), b: 0, pieces: [] };
    if (isServing(key)) {
      HAPPENINGS.unchoke(model, subject, at);
    } else HAPPENINGS.choke(model, subject, at);
  }
  const serving = [...model.peers].filter(([key]) => isServing(key));
  const blockCount = model.indexes.reduce((sum, piece) => sum + model.geometry.blockCountOf(piece), 0);
  for (let round = 0; round <= blockCount; round++) {
    for (const [key] of serving) pickAndCheck(model, subject, key, 2, { wholePieces: false, newPieces: true });
    for (const [key] of serving)
      for (const block of model.requestsOf(key)) {
        // A block may have come from another peer within this round.
        if (model.blockState(block).asked.has(key)) arriveAndCheck(model, picker, key, block);
      }
    for (const piece of model.indexes)
      if (model.statusOf(piece) === 'verifying') {
        picker.pieceVerified(piece);
        Object.assign(model.pieces[piece]!, { settled: 'have', suspect: false });
        model.clear(piece);
      }
  }
  compare(model, picker);
  for (const piece of model.indexes) {
    if (serving.some(([, peer]) => peer.has.has(piece)) && model.pieces[piece]!.priority > 0) {
      expect(picker.statusOf(piece), `piece ${piece} never came`).toBe('have');
    }
  }
}

export interface Setting {
  readonly pieceCount: number;
  readonly blocksPerPiece: number;
  readonly have: readonly number[];
  readonly seed: number;
  readonly options: Required<PickerOptions>;
}

export const settings: fc.Arbitrary<Setting> = fc.record({
  pieceCount: fc.integer({ min: 1, max: 8 }),
  blocksPerPiece: fc.integer({ min: 1, max: 4 }),
  have: fc.array(fc.nat(7), { maxLength: 2 }),
  seed: fc.nat(),
  options: fc.record({
    strategy: fc.constantFrom<Strategy>('rarest-first', 'rarest-first', 'sequential'),
    randomFirstPieces: fc.nat(2),
    partialPiecesMax: fc.integer({ min: 1, max: 8 }),
    endgameCopiesMax: fc.integer({ min: 1, max: 3 }),
  }),
});

const weighted: readonly (readonly [number, keyof typeof HAPPENINGS])[] = [
  [8, 'join'],
  [2, 'leave'],
  [6, 'announce'],
  [3, 'retract'],
  [3, 'unchoke'],
  [3, 'choke'],
  [2, 'allowFast'],
  [2, 'release'],
  [5, 'releaseBlock'],
  [2, 'retry'],
  [40, 'pick'],
  [34, 'arrive'],
  [4, 'arriveLate'],
  [1, 'arriveUnasked'],
  [14, 'judge'],
  [1, 'foundElsewhere'],
  [3, 'lose'],
  [5, 'prioritise'],
  [2, 'deadline'],
  [1, 'changeStrategy'],
];

export const happenings: fc.Arbitrary<PickerCommand> = fc
  .record({
    what: fc.oneof(...weighted.map(([weight, what]) => ({ weight, arbitrary: fc.constant(what) }))),
    a: fc.nat(1000),
    b: fc.nat(1000),
    pieces: fc.array(fc.nat(7), { maxLength: 8 }),
  })
  .map((happening) => new Happens(happening));

export function setUp(setting: Setting): { model: NaiveModel; real: Subject } {
  const pieceLength = setting.blocksPerPiece * 16_384;
  // The last piece is one block, and that one byte short.
  const geometry = new Geometry({ totalLength: (setting.pieceCount - 1) * pieceLength + 16_383, pieceLength });
  const have = setting.have.map((piece) => piece % setting.pieceCount);
  const picker = new Picker(
    geometry,
    Bitfield.of(setting.pieceCount, have as PieceIndex[]),
    randomFrom(setting.seed),
    setting.options,
  );
  const { strategy, randomFirstPieces, endgameCopiesMax } = setting.options;
  return { model: new NaiveModel(geometry, have, endgameCopiesMax), real: { picker, strategy, randomFirstPieces } };
}

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

function withPeer(model: NaiveModel, choice: number, act: (key: PeerKey, peer: PeerState) => void): void {
  const keys = [...model.peers.keys()];
  const key = keys[choice % keys.length];
  if (key !== undefined) act(key, model.peers.get(key)!);
}

function pieceOf(model: NaiveModel, choice: number): PieceIndex {
  return (choice % model.pieces.length) as PieceIndex;
}

function sortedIds(blocks: Iterable<Block>): string[] {
  return [...blocks].map(idOf).sort();
}

function sorted(cancels: readonly { peer: PeerKey; block: Block }[]): string[] {
  return cancels.map(({ peer, block }) => `${peer}/${idOf(block)}`).sort();
}
