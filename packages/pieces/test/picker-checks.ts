import { expect } from 'vitest';
import type { Block, ObstacleType, PeerKey, Picker, PickOptions, PieceIndex, Strategy } from '../src/index.js';
import { ENDGAME_REQUESTS_MAX } from '../src/index.js';
import { idOf, type NaiveModel, type PeerState } from './naive-model.js';

/** A picker, the strategy it follows, and how many pieces it begins at random. */
export interface Subject {
  readonly picker: Picker;
  strategy: Strategy;
  readonly randomFirstPieces: number;
}

/** Picks, and checks every block against the rules, in the order in which they were given. */
export function pickAndCheck(
  model: NaiveModel,
  subject: Subject,
  key: PeerKey,
  count: number,
  options: Required<Pick<PickOptions, 'wholePieces' | 'newPieces'>>,
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
    if (model.isEndgame() && !peer.choking && model.requestsOf(key).length < ENDGAME_REQUESTS_MAX) {
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
    expect(model.requestsOf(key).length, `${what} requested of one with enough to do`).toBeLessThan(
      ENDGAME_REQUESTS_MAX,
    );
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

export function arriveAndCheck(model: NaiveModel, picker: Picker, key: PeerKey, block: Block): void {
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

export function compare(model: NaiveModel, picker: Picker): void {
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

export function sortedIds(blocks: Iterable<Block>): string[] {
  return [...blocks].map(idOf).sort();
}

function sorted(cancels: readonly { peer: PeerKey; block: Block }[]): string[] {
  return cancels.map(({ peer, block }) => `${peer}/${idOf(block)}`).sort();
}
