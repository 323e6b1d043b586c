import { LocalProtocolError, RemoteProtocolError } from './errors.js';

/** Bytes of a handshake: length byte, protocol name, reserved bytes, info-hash, peer id (BEP 3, peer protocol). */
export const HANDSHAKE_LENGTH = 68;

/** What the reserved bytes offer, by name. */
export interface Offers {
  /** BEP 10: extended messages. */
  readonly extended: boolean;
  /** BEP 6: fast extension. */
  readonly fast: boolean;
  /** BEP 5: the peer has a DHT node and may tell its port. */
  readonly dht: boolean;
  /** BEP 52: of a hybrid torrent, the v2 half as well. */
  readonly v2: boolean;
}

/**
 * The first 68 bytes of each side.
 *
 * @example
 * ```ts
 * import type { Handshake } from '@unchoke/wire';
 *
 * const handshake: Handshake = {
 *   reserved: new Uint8Array(8),
 *   infoHash: new Uint8Array(20),
 *   peerId: new Uint8Array(20),
 * };
 * console.assert(handshake.reserved.length === 8);
 * ```
 */
export interface Handshake {
  readonly reserved: Uint8Array;
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
}

/** Byte and bit of each offer. */
const BITS: Readonly<Record<keyof Offers, readonly [byte: number, bit: number]>> = {
  extended: [5, 0x10], // BEP 10, introduction
  dht: [7, 0x01], // BEP 5, BitTorrent protocol extension
  fast: [7, 0x04], // BEP 6, introduction
  v2: [7, 0x10], // BEP 52, upgrade path
};

const PREFIX = new Uint8Array(20);
PREFIX[0] = 19;
for (const [index, character] of [...'BitTorrent protocol'].entries()) PREFIX[1 + index] = character.charCodeAt(0);

/**
 * Reserved bytes that offer what is named; the rest is zero.
 *
 * @example
 * ```ts
 * import { encodeReserved } from '@unchoke/wire';
 *
 * console.assert(encodeReserved({ fast: true, extended: true }).join() === '0,0,0,0,0,16,0,4');
 * ```
 */
export function encodeReserved(offers: Partial<Offers>): Uint8Array {
  const reserved = new Uint8Array(8);
  for (const [name, [byte, bit]] of Object.entries(BITS)) {
    if (offers[name as keyof Offers] === true) reserved[byte]! |= bit;
  }
  return reserved;
}

/**
 * What a peer's reserved bytes offer. Bits without a name here are ignored, as they must be.
 *
 * @example
 * ```ts
 * import { parseReserved } from '@unchoke/wire';
 *
 * console.assert(parseReserved(new Uint8Array([0, 0, 0, 0, 0, 0, 0, 1])).dht);
 * ```
 */
export function parseReserved(reserved: Uint8Array): Offers {
  const has = ([byte, bit]: readonly [number, number]): boolean => (reserved[byte]! & bit) !== 0;
  return { extended: has(BITS.extended), fast: has(BITS.fast), dht: has(BITS.dht), v2: has(BITS.v2) };
}

/**
 * Writes the 68 bytes.
 *
 * @throws {LocalProtocolError} `bad-argument` when a part has another length than 8, 20 and 20 bytes.
 * @example
 * ```ts
 * import { encodeHandshake, encodeReserved } from '@unchoke/wire';
 *
 * const bytes = encodeHandshake({
 *   reserved: encodeReserved({ fast: true }),
 *   infoHash: new Uint8Array(20).fill(0xaa),
 *   peerId: new Uint8Array(20),
 * });
 * console.assert(bytes.length === 68 && bytes[0] === 19);
 * ```
 */
export function encodeHandshake(handshake: Handshake): Uint8Array {
  const { reserved, infoHash, peerId } = handshake;
  checkLength('reserved', reserved, 8);
  checkLength('infoHash', infoHash, 20);
  checkLength('peerId', peerId, 20);
  const bytes = new Uint8Array(HANDSHAKE_LENGTH);
  bytes.set(PREFIX);
  bytes.set(reserved, 20);
  bytes.set(infoHash, 28);
  bytes.set(peerId, 48);
  return bytes;
}

/**
 * Puts a handshake together from whatever pieces it comes in, and stops at the first byte that is not of this protocol. A side
 * that listens needs it by itself: only the info-hash says which torrent, and so which `PeerLink`, a connection is about.
 *
 * @example
 * ```ts
 * import { encodeHandshake, HandshakeDecoder } from '@unchoke/wire';
 *
 * const part = new Uint8Array(20);
 * const bytes = encodeHandshake({ reserved: new Uint8Array(8), infoHash: part, peerId: part });
 * const decoder = new HandshakeDecoder();
 * console.assert(decoder.push(bytes.subarray(0, 50)) === 50 && decoder.handshake === undefined);
 * console.assert(decoder.push(bytes.subarray(50)) === 18 && decoder.handshake !== undefined);
 * ```
 */
export class HandshakeDecoder {
  #held: Uint8Array | undefined;
  #filled = 0;
  #handshake: Handshake | undefined;
  #violation: RemoteProtocolError | undefined;

  /** The handshake, once it is complete. Its parts are the decoder's own copies: yours to keep. */
  get handshake(): Handshake | undefined {
    return this.#handshake;
  }

  /** Why this is not a handshake, once that is clear. */
  get violation(): RemoteProtocolError | undefined {
    return this.#violation;
  }

  /** Bytes that are held. */
  get heldBytes(): number {
    return this.#held === undefined ? 0 : this.#filled;
  }

  /** Takes what belongs to the handshake and says how many bytes that were; what follows in the chunk are messages. */
  push(chunk: Uint8Array): number {
    if (this.#handshake !== undefined || this.#violation !== undefined) return 0;
    this.#held ??= new Uint8Array(HANDSHAKE_LENGTH);
    const part = chunk.subarray(0, HANDSHAKE_LENGTH - this.#filled);
    for (let index = 0; index < part.length && this.#filled + index < PREFIX.length; index++) {
      if (part[index] !== PREFIX[this.#filled + index]) return this.#violate(this.#filled + index, part[index]!, index);
    }
    this.#held.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled === HANDSHAKE_LENGTH) {
      const bytes = this.#held;
      this.#handshake = {
        reserved: bytes.subarray(20, 28),
        infoHash: bytes.subarray(28, 48),
        peerId: bytes.subarray(48, 68),
      };
      this.#held = undefined;
    }
    return part.length;
  }

  #violate(offset: number, found: number, consumed: number): number {
    const problem = `byte ${offset} of the handshake is ${found}, not ${PREFIX[offset]}: this is not the BitTorrent protocol`;
    this.#violation = new RemoteProtocolError('wrong-protocol', problem);
    this.#held = undefined;
    return consumed;
  }
}

function checkLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw new LocalProtocolError('bad-argument', `${name} has ${length} bytes, not ${bytes.length}`);
  }
}
