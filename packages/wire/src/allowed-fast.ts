import { LocalProtocolError } from './errors.js';
import { readU32 } from './u32.js';

/**
 * The pieces that a peer may download while it is choked: the canonical set of BEP 6, Allowed Fast Set Generation. Two peers
 * that offer as many offer the same ones, so nobody collects more by asking around. In the order in which BEP 6 finds them.
 *
 * @param sha1 - the hash function, for example `(bytes) => createHash('sha1').update(bytes).digest()` of `node:crypto`.
 * @throws {LocalProtocolError} `bad-argument` for an address that is not IPv4 (BEP 6 has no rule for IPv6).
 * @example
 * ```ts
 * import { createHash } from 'node:crypto';
 * import { allowedFastSet } from '@unchoke/wire';
 *
 * const pieces = allowedFastSet(
 *   { infoHash: new Uint8Array(20).fill(0xaa), ip: new Uint8Array([80, 4, 4, 200]), pieceCount: 1313, count: 7 },
 *   (bytes) => createHash('sha1').update(bytes).digest(),
 * );
 * console.assert(pieces.join() === '1059,431,808,1217,287,376,1188'); // the example of BEP 6
 * ```
 */
export function allowedFastSet(
  spec: {
    readonly infoHash: Uint8Array;
    /** The peer's address as we see it, 4 bytes. */
    readonly ip: Uint8Array;
    readonly pieceCount: number;
    /** How many pieces; BEP 6 suggests 10. */
    readonly count: number;
  },
  sha1: (bytes: Uint8Array) => Uint8Array,
): readonly number[] {
  if (spec.ip.length !== 4 || spec.infoHash.length !== 20 || !(spec.pieceCount >= 1)) {
    throw new LocalProtocolError(
      'bad-argument',
      'needs an IPv4 address, an info-hash of 20 bytes and at least one piece',
    );
  }
  // With as many pieces as the torrent has, the loop below would search for the last ones ever longer, or for ever.
  if (spec.count >= spec.pieceCount) return Array.from({ length: spec.pieceCount }, (_, piece) => piece);

  let x = new Uint8Array(24);
  x.set(spec.ip.subarray(0, 3)); // the last octet stays 0: neighbours share a set
  x.set(spec.infoHash, 4);
  const pieces = new Set<number>();
  while (pieces.size < spec.count) {
    x = Uint8Array.from(sha1(x));
    for (let at = 0; at < 20 && pieces.size < spec.count; at += 4) pieces.add(readU32(x, at) % spec.pieceCount);
  }
  return [...pieces];
}
