import { readU16, writeU16 } from './byte-order.js';

/** An address family of IP: 4 or 6. */
export type AddressFamily = 4 | 6;

/**
 * Where a peer listens: an IP address as text, and a port.
 *
 * @example
 * ```ts
 * import type { PeerAddress } from '@unchoke/tracker';
 *
 * const peer: PeerAddress = { host: '2001:db8::1', port: 6881 };
 * console.log(peer.port);
 * ```
 */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * The bytes of an IP address written as text: 4 or 16 of them, or `undefined` when it is not one. Strict: no leading
 * zeros, no shortened quads, no zone.
 *
 * @example
 * ```ts
 * import { packAddress } from '@unchoke/tracker';
 *
 * console.assert(packAddress('127.0.0.1')?.join() === '127,0,0,1');
 * console.assert(packAddress('127.1') === undefined);
 * ```
 */
export function packAddress(host: string): Uint8Array | undefined {
  return host.includes(':') ? packIpv6(host) : packIpv4(host);
}

/**
 * An address of 4 or 16 bytes as text, IPv6 in the one form of RFC 5952.
 *
 * @example
 * ```ts
 * import { formatAddress } from '@unchoke/tracker';
 *
 * console.assert(formatAddress(new Uint8Array([10, 0, 0, 1])) === '10.0.0.1');
 * ```
 */
export function formatAddress(bytes: Uint8Array, offset = 0, family: AddressFamily = familyOf(bytes)): string {
  if (family === 6) return formatIpv6(bytes, offset);
  return formatIpv4(bytes[offset]!, bytes[offset + 1]!, bytes[offset + 2]!, bytes[offset + 3]!);
}

const OCTETS: readonly string[] = Array.from({ length: 256 }, (_, octet) => `${octet}`);
const OCTETS_AND_DOT: readonly string[] = OCTETS.map((octet) => `${octet}.`);

function formatIpv4(first: number, second: number, third: number, fourth: number): string {
  return OCTETS_AND_DOT[first]! + OCTETS_AND_DOT[second]! + OCTETS_AND_DOT[third]! + OCTETS[fourth]!;
}

/** Only for whole addresses: 16 bytes are IPv6, anything else is taken for IPv4. */
function familyOf(bytes: Uint8Array): AddressFamily {
  return bytes.length === 16 ? 6 : 4;
}

function packIpv4(host: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  return writeIpv4(host, bytes, 0) ? bytes : undefined;
}

const DOT = 0x2e;
const ZERO = 0x30;

/** Writes the four bytes of a dotted quad; `false` when it is none. By hand: a regular expression takes five times as long. */
export function writeIpv4(host: string, bytes: Uint8Array, offset: number): boolean {
  let partCount = 0;
  let digitCount = 0;
  let part = 0;
  for (let index = 0; index <= host.length; index++) {
    const code = index === host.length ? DOT : host.charCodeAt(index);
    if (code === DOT) {
      if (digitCount === 0 || part > 255 || partCount === 4) return false;
      bytes[offset + partCount++] = part;
      part = 0;
      digitCount = 0;
    } else {
      const digit = code - ZERO;
      const isLeadingZero = digitCount > 0 && part === 0;
      if (digit < 0 || digit > 9 || digitCount === 3 || isLeadingZero) return false;
      part = part * 10 + digit;
      digitCount += 1;
    }
  }
  return partCount === 4;
}

const GROUP = /^[0-9a-f]{1,4}$/i;
/** The longest text is eight groups with an IPv4 address in the last two. */
const IPV6_TEXT_LENGTH_MAX = 45;

function packIpv6(host: string): Uint8Array | undefined {
  if (host.length > IPV6_TEXT_LENGTH_MAX) return undefined;
  const halves = host.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  // RFC 4291: `::` stands for one or more groups; without it all eight must be there.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const bytes = new Uint8Array(16);
  head.forEach((group, index) => {
    writeU16(bytes, index * 2, group);
  });
  tail.forEach((group, index) => {
    writeU16(bytes, (8 - tail.length + index) * 2, group);
  });
  return bytes;
}

function groupsOf(text: string, mayEndInQuad: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const quad = mayEndInQuad && index === parts.length - 1 ? packIpv4(part) : undefined;
    if (quad !== undefined) groups.push(readU16(quad, 0), readU16(quad, 2));
    else if (GROUP.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function formatIpv6(bytes: Uint8Array, offset: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => readU16(bytes, offset + index * 2));
  const gap = longestGap(groups);
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (gap.length < 2) return text(groups);
  return `${text(groups.slice(0, gap.start))}::${text(groups.slice(gap.start + gap.length))}`;
}

/** RFC 5952, 4.2: the longest run of zero groups is shortened, the first of equals. */
function longestGap(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}
