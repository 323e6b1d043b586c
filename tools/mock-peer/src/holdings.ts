import type { SeededRandom } from './random.js';
import type { MockTorrent } from './torrent.js';

/**
 * Which pieces a peer has and which of its connections is fetching which; shared by all of its connections.
 *
 * @example
 * const { torrent } = randomTorrent('1MiB:42');
 * const holdings = Holdings.of(torrent, [0, 1, 2]);
 * console.log(holdings.count, holdings.isComplete); // 3 false
 */
export class Holdings {
  readonly bits: Uint8Array;
  readonly pieceCount: number;
  #count = 0;
  /** Missing and unclaimed, in the order in which they are tried from the end. */
  #wanted: number[] = [];
  #claimed = new Set<number>();

  private constructor(pieceCount: number) {
    this.pieceCount = pieceCount;
    this.bits = new Uint8Array(Math.ceil(pieceCount / 8));
  }

  /** `held`: the pieces that are there; `random` shuffles the order in which the others are fetched. */
  static of(torrent: MockTorrent, held: 'all' | Iterable<number>, random?: SeededRandom): Holdings {
    const holdings = new Holdings(torrent.pieceCount);
    if (held === 'all') {
      for (let piece = 0; piece < torrent.pieceCount; piece++) holdings.#set(piece);
      return holdings;
    }
    for (const piece of held) if (piece < torrent.pieceCount) holdings.#set(piece);
    for (let piece = torrent.pieceCount - 1; piece >= 0; piece--)
      if (!holdings.has(piece)) holdings.#wanted.push(piece);
    if (random !== undefined) shuffle(holdings.#wanted, random);
    return holdings;
  }

  get count(): number {
    return this.#count;
  }

  get isComplete(): boolean {
    return this.#count === this.pieceCount;
  }

  has(piece: number): boolean {
    return hasBit(this.bits, piece);
  }

  /** A missing piece out of `offered` that nobody fetches yet and that `refuses` does not exclude; it is claimed with that. */
  claim(offered: Uint8Array, refused: ReadonlySet<number>): number | undefined {
    for (let i = this.#wanted.length - 1; i >= 0; i--) {
      const piece = this.#wanted[i]!;
      if (!hasBit(offered, piece) || refused.has(piece)) continue;
      this.#wanted.splice(i, 1);
      this.#claimed.add(piece);
      return piece;
    }
    return undefined;
  }

  /** Gives a claimed piece back, to be fetched elsewhere. */
  release(piece: number): void {
    if (this.#claimed.delete(piece)) this.#wanted.push(piece);
  }

  /** A claimed piece was verified. */
  hold(piece: number): void {
    if (this.#claimed.delete(piece)) this.#set(piece);
  }

  /** Whether anything in `offered` is still missing here. */
  lacksAnyOf(offered: Uint8Array): boolean {
    return offered.some((byte, i) => (byte & ~this.bits[i]!) !== 0);
  }

  #set(piece: number): void {
    if (hasBit(this.bits, piece)) return;
    setBit(this.bits, piece);
    this.#count++;
  }
}

export function hasBit(bits: Uint8Array, index: number): boolean {
  return ((bits[index >>> 3] ?? 0) & (0x80 >>> (index & 7))) !== 0;
}

export function setBit(bits: Uint8Array, index: number): void {
  bits[index >>> 3]! |= 0x80 >>> (index & 7);
}

/** As many set bits as there are pieces, the spare ones zero. */
export function allBits(pieceCount: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(pieceCount / 8)).fill(0xff);
  if (pieceCount % 8 !== 0) bits[bits.length - 1] = 0xff << (8 - (pieceCount % 8));
  return bits;
}

function shuffle(items: number[], random: SeededRandom): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const item = items[i]!;
    items[i] = items[j]!;
    items[j] = item;
  }
}
