const LENGTH_BYTES = 4;
const HANDSHAKE_BYTES = 68;

/** Message ids of BEP 3, 6 and 10, written here once more: what watches the client does not trust its tables. */
export const ID = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  extended: 20,
} as const;

/** The id under which every member takes lt_donthave (BEP 54). */
export const DONT_HAVE_EXTENDED_ID = 3;

/** A set of pieces, one bit each: a swarm of thousands keeps a hundred thousand of them. */
export class PieceSet {
  readonly #bits: Uint8Array;
  readonly #length: number;
  count = 0;

  constructor(length: number) {
    this.#length = length;
    this.#bits = new Uint8Array((length + 7) >> 3);
  }

  has(piece: number): boolean {
    return (this.#bits[piece >> 3]! & (0x80 >> (piece & 7))) !== 0;
  }

  set(piece: number, isIn: boolean): void {
    if (piece >= this.#length || this.has(piece) === isIn) return;
    this.#bits[piece >> 3]! ^= 0x80 >> (piece & 7);
    this.count += isIn ? 1 : -1;
  }

  /** Takes in what a message says of pieces. */
  learn(id: number, bytes: Uint8Array, at: number): void {
    if (id === ID.have) this.set(readU32(bytes, at), true);
    else if (id === ID.haveAll || id === ID.bitfield) {
      for (let piece = 0; piece < this.#length; piece++) {
        if (id === ID.haveAll || (bytes[at + (piece >> 3)]! & (0x80 >> (piece & 7))) !== 0) this.set(piece, true);
      }
    } else if (id === ID.extended && bytes[at] === DONT_HAVE_EXTENDED_ID) this.set(readU32(bytes, at + 1), false);
  }
}

/** A set of numbers that is nothing as long as nothing is in it: most connections end before they say much. */
class SparseSet {
  #numbers: Set<number> | undefined;

  has(number: number): boolean {
    return this.#numbers?.has(number) === true;
  }

  add(number: number): void {
    this.#numbers ??= new Set();
    this.#numbers.add(number);
  }

  delete(number: number): void {
    this.#numbers?.delete(number);
  }
}

/** What one end of a connection has said so far, and separately what of it has reached the other end. */
export class WireRecord {
  isChoking = true;
  isInterested = false;
  /** Pieces it gives even while it chokes (BEP 6). */
  readonly allowedFast: SparseSet = new SparseSet();
  /** Blocks, by number, whose request it took back and that were not answered since. */
  readonly cancelled: SparseSet = new SparseSet();
  /** Pieces it has announced … */
  readonly announced: PieceSet;
  /** … and those that the other end has heard of. */
  readonly heard: PieceSet;
  /** Pieces that the other end heard are gone (BEP 54), perhaps to come back. */
  readonly retracted: SparseSet = new SparseSet();
  /** Pieces that are no longer there, and no way was known to say so (BEP 54). */
  readonly unsayable: SparseSet = new SparseSet();
  /** How often the other end has heard of a choke, an unchoke or a piece. */
  changesHeard = 0;
  /** How often it has asked for a block. */
  requestCount = 0;
  /** It has refused a request of the other end. */
  hasRejected = false;
  /** Something else was said than was meant: the record is of no use any more. */
  isGarbled = false;

  constructor(pieceCount: number) {
    this.announced = new PieceSet(pieceCount);
    this.heard = new PieceSet(pieceCount);
  }
}

/** Calls with every message in the bytes, which hold whole messages, the last one perhaps without its payload. */
export function eachMessage(bytes: Uint8Array, take: (id: number, at: number) => void): void {
  let at = bytes.length >= HANDSHAKE_BYTES && bytes[0] === 19 && bytes[1] === 0x42 ? HANDSHAKE_BYTES : 0;
  while (at + LENGTH_BYTES < bytes.length) {
    const length = readU32(bytes, at);
    if (length > 0) take(bytes[at + LENGTH_BYTES]!, at + LENGTH_BYTES + 1);
    at += LENGTH_BYTES + length;
  }
}

export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
