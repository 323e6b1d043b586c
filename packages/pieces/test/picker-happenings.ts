import fc from 'fast-check';
import { expect } from 'vitest';
import {
  Bitfield,
  Geometry,
  type PeerKey,
  Picker,
  type PickerOptions,
  type PieceIndex,
  type Strategy,
} from '../src/index.js';
import { NaiveModel, type PeerState } from './naive-model.js';
import { arriveAndCheck, compare, pickAndCheck, type Subject, sortedIds } from './picker-checks.js';
import { randomFrom } from './random-from.js';

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

function withPeer(model: NaiveModel, choice: number, act: (key: PeerKey, peer: PeerState) => void): void {
  const keys = [...model.peers.keys()];
  const key = keys[choice % keys.length];
  if (key !== undefined) act(key, model.peers.get(key)!);
}

function pieceOf(model: NaiveModel, choice: number): PieceIndex {
  return (choice % model.pieces.length) as PieceIndex;
}
