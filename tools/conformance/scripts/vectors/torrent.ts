import { bencode, type Hand, sha1Hex, sha256 } from './hand-bencode.js';
import { either, hexOf, type Json, type Row, value } from './vector.js';

type Dict = { readonly [key: string]: Hand };
type Facts = { readonly [key: string]: Json };

export const PIECE = 16_384;

/** `count` hashes of v1 pieces; any bytes will do. */
export function pieces(count: number): string {
  return 'p'.repeat(20 * count);
}

export const HEAD: Dict = { name: 't', 'piece length': PIECE, pieces: pieces(1) };
export const SINGLE: Dict = { length: 5, name: 'a.txt', 'piece length': PIECE, pieces: pieces(1) };

export function several(...files: readonly Hand[]): Dict {
  return { ...HEAD, files };
}

export function file(...path: readonly string[]): Dict {
  return { length: 1, path };
}

export function torrent(info: Hand, outside: Dict = {}): string {
  return bencode({ ...outside, info });
}

/** A torrent that is read so. Its hashes are those of the info dictionary as it stands. */
export function reads(
  name: string,
  rule: string,
  info: Hand,
  facts: Facts,
  outside: Dict = {},
  differs: Row[4] = {},
): Row {
  return [name, rule, torrent(info, outside), value({ ...facts, ...hashes(info, facts) }), differs];
}

/** A torrent that is read so, or refused. */
export function readsOrNot(
  name: string,
  rule: string,
  info: Hand,
  facts: Facts,
  outside: Dict = {},
  differs: Row[4] = {},
): Row {
  return [name, rule, torrent(info, outside), either({ ...facts, ...hashes(info, facts) }), differs];
}

function hashes(info: Hand, { version }: Facts): Facts {
  const bytes = bencode(info);
  return {
    ...(version === 'v2' ? {} : { infoHash: sha1Hex(bytes) }),
    ...(version === 'v2' || version === 'hybrid' ? { infoHashV2: hexOf(sha256(bytes)) } : {}),
  };
}
