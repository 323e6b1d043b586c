import { createHash } from 'node:crypto';
import { LIMITS, type PeerKey } from '@unchoke/client';
import { HashTree, LayerAssembly, type PieceLayer, pieceLayerRoot } from '@unchoke/metainfo';
import type { HashRange } from '@unchoke/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LayerAction, type LayerEvent, LayerFetch } from '../src/layer-fetch.js';

const PIECE_LENGTH = 65_536;
const HOUR = 3_600_000;
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** A file of so many pieces, the same for the same number. */
function fileOf(pieceCount: number) {
  const hashes = Array.from({ length: pieceCount }, (_, index) => sha256(Uint8Array.of(pieceCount, index, index >> 8)));
  const layer = Uint8Array.from(Buffer.concat(hashes));
  const piecesRoot = Uint8Array.from(pieceLayerRoot(layer, PIECE_LENGTH, sha256));
  return { layer, piecesRoot, pieceCount, tree: new HashTree(layer, PIECE_LENGTH, sha256) };
}

/** How a peer answers: with hashes, a reject or nothing, and when. */
type Conduct = (
  honest: Uint8Array,
  nth: number,
) =>
  | { readonly hashes?: Uint8Array; readonly words?: Partial<HashRange>; readonly afterMs?: number }
  | 'reject'
  | 'silence';

const CONDUCTS = {
  honest: (hashes, nth) => ({ hashes, afterMs: 10 + ((nth * 7919) % 300) }),
  liar: (hashes) => ({ hashes: hashes.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) }),
  'liar at times': (hashes, nth) => ({ hashes: nth % 2 === 0 ? hashes : hashes.map((byte) => byte ^ 1) }),
  'liar about what proves it': (hashes) => ({
    hashes: hashes.map((byte, at) => (at === hashes.length - 1 ? ~byte : byte)),
  }),
  'too short': (hashes) => ({ hashes: hashes.subarray(32) }),
  'too long': (hashes) => ({ hashes: new Uint8Array([...hashes, ...hashes.subarray(0, 32)]) }),
  empty: () => ({ hashes: new Uint8Array(0) }),
  rejecter: () => 'reject',
  'rejecter at times': (hashes, nth) => (nth % 3 === 0 ? 'reject' : { hashes }),
  silent: () => 'silence',
  'silent at times': (hashes, nth) => (nth % 3 === 0 ? 'silence' : { hashes }),
  late: (hashes) => ({ hashes, afterMs: LIMITS.hashTimeoutMs + 1_000 }),
  'in other words': (hashes) => ({ hashes, words: { proofLayers: 0, length: 4 } }),
  'about another file': (hashes) => ({ hashes, words: { piecesRoot: new Uint8Array(32) } }),
} satisfies Record<string, Conduct>;
type Name = keyof typeof CONDUCTS;
const LIARS: readonly Name[] = ['liar', 'liar at times', 'liar about what proves it', 'too short', 'too long', 'empty'];

/** A fetch, peers, and time that jumps to wherever something happens. */
class World {
  readonly files: readonly ReturnType<typeof fileOf>[];
  readonly names: readonly Name[];
  readonly fetch: LayerFetch;
  readonly blamed: PeerKey[] = [];
  readonly asked: PeerKey[] = [];
  readonly #askedOf = new Map<PeerKey, number>();
  #queue: { readonly atMs: number; readonly event: LayerEvent }[] = [];
  layers: readonly PieceLayer[] | undefined;
  nowMs = 0;

  constructor(pieceCounts: readonly number[], names: readonly Name[]) {
    this.files = pieceCounts.map(fileOf);
    this.names = names;
    this.fetch = new LayerFetch(
      this.files.map((file) => new LayerAssembly({ ...file, pieceLength: PIECE_LENGTH }, sha256)),
    );
    this.tell({ type: 'peers-ready', peers: [...names.keys()] });
  }

  tell(event: LayerEvent): void {
    for (const action of this.fetch.handle(event, this.nowMs)) this.#perform(action);
  }

  run(withinMs = HOUR): void {
    while (this.layers === undefined) {
      const next = this.#queue.sort((one, other) => one.atMs - other.atMs)[0];
      const deadlineMs = this.fetch.deadlineMs ?? Number.POSITIVE_INFINITY;
      const atMs = Math.min(next?.atMs ?? Number.POSITIVE_INFINITY, deadlineMs);
      if (atMs > withinMs) throw new Error(`not done after ${withinMs} ms: ${this.fetch.missingCount} runs missing`);
      this.nowMs = Math.max(this.nowMs, atMs);
      if (next === undefined || deadlineMs < next.atMs) this.tell({ type: 'time-passed' });
      else {
        this.#queue.shift();
        this.tell(next.event);
      }
    }
  }

  #perform(action: LayerAction): void {
    if (action.type === 'deliver-layers') this.layers = action.layers;
    else if (action.type === 'blame-peer') this.blamed.push(action.peer);
    else this.#answer(action.peer, action.range);
  }

  #answer(peer: PeerKey, range: HashRange): void {
    const nth = this.#askedOf.get(peer) ?? 0;
    this.#askedOf.set(peer, nth + 1);
    this.asked.push(peer);
    const { tree } = this.files.find(({ piecesRoot }) => Buffer.compare(piecesRoot, range.piecesRoot) === 0)!;
    const answer = (CONDUCTS[this.names[peer]!] as Conduct)(tree.run(range)!, nth);
    if (answer === 'silence') return;
    const atMs = this.nowMs + (answer === 'reject' ? 10 : (answer.afterMs ?? 10));
    if (answer === 'reject') this.#queue.push({ atMs, event: { type: 'hashes-rejected', peer, range } });
    else {
      const hashes = answer.hashes ?? new Uint8Array(0);
      const event = { type: 'hashes-received', peer, range: { ...range, ...answer.words }, hashes } as const;
      this.#queue.push({ atMs, event });
    }
  }

  /** What was delivered is what is in the files. */
  check(): void {
    expect(this.layers).toHaveLength(this.files.length);
    for (const [index, { piecesRoot, layer }] of this.files.entries()) {
      expect(Buffer.compare(this.layers![index]!.piecesRoot, piecesRoot)).toBe(0);
      expect(Buffer.compare(this.layers![index]!.hashes, layer)).toBe(0);
    }
  }
}

describe('piece layers', () => {
  test('come from one peer, and from several at once', () => {
    const alone = new World([1500, 3, 512], ['honest']);
    alone.run();
    alone.check();
    const many = new World([1500, 3, 512], ['honest', 'honest', 'honest']);
    many.run();
    many.check();
    expect(new Set(many.asked)).toEqual(new Set([0, 1, 2]));
    expect(many.asked).toHaveLength(5);
    expect(many.fetch.deadlineMs).toBeUndefined();
  });

  test('nobody is asked for more than so many runs at a time', () => {
    const world = new World([512 * 30], ['silent']);
    expect(world.asked).toHaveLength(LIMITS.hashPipelineMax);
    world.nowMs = LIMITS.hashTimeoutMs + LIMITS.hashRestMs + 1;
    world.tell({ type: 'time-passed' });
    world.nowMs += LIMITS.hashRestMs;
    world.tell({ type: 'time-passed' });
    expect(world.asked).toHaveLength(2 * LIMITS.hashPipelineMax);
  });

  test.each(LIARS)('a sole %s is blamed for its first lie, and nothing of it is kept', (name) => {
    const world = new World([512 * 6], [name]);
    expect(() => world.run()).toThrow(/not done/);
    expect(world.blamed).toEqual([0]);
    expect(world.fetch.missingCount).toBe(name === 'liar at times' ? 5 : 6);
  });

  test.each(Object.keys(CONDUCTS) as Name[])('are all there with an honest peer beside one that is: %s', (name) => {
    const world = new World([1500, 7], [name, 'honest']);
    world.run();
    world.check();
  });

  test('what somebody leaves behind goes to others', () => {
    const world = new World([1500, 7], ['silent', 'honest']);
    world.tell({ type: 'peer-left', peer: 0 });
    world.run();
    world.check();
    expect(world.nowMs).toBeLessThan(LIMITS.hashTimeoutMs);
  });

  test('an answer that comes late is welcome, and one that was not asked for is not looked at', () => {
    const world = new World([9], ['late']);
    const [{ piecesRoot, tree }] = world.files as [ReturnType<typeof fileOf>];
    const range = { piecesRoot, baseLayer: 2, index: 0, length: 16, proofLayers: 3 };
    expect(world.fetch.awaits(0, range)).toBe(true);
    expect(world.fetch.awaits(0, { ...range, proofLayers: 2 })).toBe(false);
    expect(world.fetch.awaits(1, range)).toBe(false);
    world.tell({ type: 'hashes-received', peer: 1, range, hashes: tree.run(range)! });
    expect(world.layers).toBeUndefined();
    world.run(LIMITS.hashTimeoutMs + 1_000);
    world.check();
  });

  test('with one honest peer they are all there, whoever the others are, and nobody honest is blamed', () => {
    const names = fc.array(fc.constantFrom(...(Object.keys(CONDUCTS) as Name[])), { maxLength: 8 });
    const counts = fc.uniqueArray(fc.oneof(fc.integer({ min: 2, max: 40 }), fc.constantFrom(511, 513, 1100)), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(names, fc.nat({ max: 8 }), counts, (others, place, pieceCounts) => {
        const all: Name[] = [...others.slice(0, place), 'honest', ...others.slice(place)];
        const world = new World(pieceCounts, all);
        world.run();
        world.check();
        for (const peer of world.blamed) expect(LIARS).toContain(all[peer]);
      }),
      { numRuns: 40 },
    );
  });
});
