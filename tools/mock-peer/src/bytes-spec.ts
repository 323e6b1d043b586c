import type { BencodeSpec, BytesSpec } from './behaviour.js';
import { type Bencode, writeBencode } from './bencode.js';
import { concat, EMPTY, fromHex } from './bytes.js';
import type { SeededRandom } from './random.js';

/** The bytes a checked description stands for. */
export function bytesOf(spec: BytesSpec, random: SeededRandom): Uint8Array {
  if (typeof spec === 'string') return fromHex(spec) ?? EMPTY;
  if (isList(spec)) return concat([EMPTY, ...spec.map((part) => bytesOf(part, random))]);
  if ('text' in spec) return new TextEncoder().encode(spec.text);
  if ('zeros' in spec) return new Uint8Array(spec.zeros);
  if ('random' in spec) return random.bytes(spec.random);
  if ('bencode' in spec) return writeBencode(bencodeOf(spec.bencode, random));
  if ('peers' in spec) return concat([EMPTY, ...compactAddresses(spec.peers)]);
  return concat([repeated(spec.open, spec.nested), repeated(spec.close ?? '', spec.nested)]);
}

/** A value for `writeBencode`. Keys are UTF-8 in JSON and bytes on the wire. */
export function bencodeOf(spec: BencodeSpec, random: SeededRandom): Bencode {
  if (typeof spec === 'number') return spec;
  if (typeof spec === 'string') return new TextEncoder().encode(spec);
  if (isList(spec)) return spec.map((item) => bencodeOf(item, random));
  if ('int' in spec) return BigInt(spec.int);
  if ('bytes' in spec) return bytesOf(spec.bytes, random);
  return bencodeDict(spec.dict, random);
}

export function bencodeDict(
  fields: { readonly [key: string]: BencodeSpec },
  random: SeededRandom,
): ReadonlyMap<string, Bencode> {
  return new Map(Object.entries(fields).map(([key, value]) => [key, bencodeOf(value, random)]));
}

/** BEP 23: four bytes of address (BEP 7: sixteen), two of port. Undefined for anything else. */
export function compactAddress(text: string): Uint8Array | undefined {
  const match = /^\[?([0-9a-fA-F.:]+?)\]?:(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  const host = match === null ? undefined : addressBytes(match[1]!);
  if (host === undefined || port > 65_535) return undefined;
  return concat([host, Uint8Array.of(port >>> 8, port & 0xff)]);
}

export function compactAddresses(texts: readonly string[]): readonly Uint8Array[] {
  return texts.flatMap((text) => compactAddress(text) ?? []);
}

/** The four or sixteen bytes of an address in text. */
export function addressBytes(host: string): Uint8Array | undefined {
  if (!host.includes(':')) {
    const parts = host.split('.').map(Number);
    return parts.length === 4 && parts.every((part) => part >= 0 && part <= 255) ? Uint8Array.from(parts) : undefined;
  }
  const [head = '', tail] = host.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = 8 - left.length - right.length;
  if (tail === undefined ? gap !== 0 : gap < 0) return undefined;
  const groups = [...left, ...Array.from({ length: gap }, () => '0'), ...right].map((group) =>
    Number.parseInt(group, 16),
  );
  if (groups.some((group) => !(group >= 0 && group <= 0xffff))) return undefined;
  return Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff]));
}

function repeated(text: string, times: number): Uint8Array {
  return new TextEncoder().encode(text.repeat(times));
}

function isList<T>(spec: unknown): spec is readonly T[] {
  return Array.isArray(spec);
}
