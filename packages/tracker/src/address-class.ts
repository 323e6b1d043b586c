import { type AddressFamily, packAddress } from './address.js';
import { readU32 } from './byte-order.js';

/**
 * How far an address reaches: the world, one network, one machine, or nobody at all (unspecified, multicast, broadcast,
 * reserved).
 */
export type AddressReach = 'global' | 'private' | 'loopback' | 'unusable';

/**
 * How far an IP address reaches; `undefined` when the text is not one.
 *
 * @example
 * ```ts
 * import { reachOf } from '@unchoke/tracker';
 *
 * console.assert(reachOf('192.168.1.2') === 'private' && reachOf('::ffff:127.0.0.1') === 'loopback');
 * ```
 */
export function reachOf(host: string): AddressReach | undefined {
  const bytes = packAddress(host);
  return bytes === undefined ? undefined : reachAt(bytes, 0, bytes.length === 4 ? 4 : 6);
}

/** The same for an address inside other bytes. */
export function reachAt(bytes: Uint8Array, offset: number, family: AddressFamily): AddressReach {
  return family === 4 ? reachOfV4(readU32(bytes, offset)) : reachOfV6(bytes, offset);
}

/** RFC 4291, 2.5.5.2: an IPv4 address in the clothes of an IPv6 one. It is dialled, and compared, as what it is. */
export function isMappedV4(bytes: Uint8Array, offset: number): boolean {
  return readU32(bytes, offset) === 0 && readU32(bytes, offset + 4) === 0 && readU32(bytes, offset + 8) === 0xffff;
}

/** First bytes below which not all addresses are global. Nine of ten addresses need no closer look. */
const NEEDS_A_LOOK: Uint8Array = Uint8Array.from({ length: 256 }, (_, first) =>
  Number([0, 10, 100, 127, 169, 172, 192].includes(first) || first >= 224),
);

/** Whether an IPv4 address that begins with this byte may be something else than global. */
export function mayBeSpecial(first: number): boolean {
  return NEEDS_A_LOOK[first] === 1;
}

function reachOfV4(address: number): AddressReach {
  const first = address >>> 24;
  if (first === 127) return 'loopback';
  // RFC 1122: 0/8 is "this network"; RFC 5771 and on: 224/3 is multicast, reserved and broadcast.
  if (first === 0 || first >= 224) return 'unusable';
  // RFC 1918, RFC 3927 (link-local), RFC 6598 (behind a carrier's translator).
  if (first === 10 || address >>> 20 === 0xac1 || address >>> 16 === 0xc0a8) return 'private';
  return address >>> 16 === 0xa9fe || address >>> 22 === 0x191 ? 'private' : 'global';
}

function reachOfV6(bytes: Uint8Array, offset: number): AddressReach {
  const [first, second] = [readU32(bytes, offset), readU32(bytes, offset + 4)];
  const [third, fourth] = [readU32(bytes, offset + 8), readU32(bytes, offset + 12)];
  if (first === 0 && second === 0) {
    if (third === 0xffff) return reachOfV4(fourth);
    if (third === 0) return fourth === 1 ? 'loopback' : 'unusable';
  }
  // fe80::/10 link-local, fec0::/10 once site-local, fc00::/7 unique local.
  if (first >>> 23 === 0x1fd || first >>> 25 === 0x7e) return 'private';
  if (first >>> 24 === 0xff) return 'unusable';
  // Two ways around a check that looks at the prefix only: RFC 6052 and RFC 3056 carry an IPv4 address inside.
  if (first === 0x0064_ff9b && second === 0 && third === 0) return reachOfV4(fourth);
  if (first >>> 16 === 0x2002) return reachOfV4(((first << 16) | (second >>> 16)) >>> 0);
  return 'global';
}
