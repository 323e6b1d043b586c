import { type BencodeNode, read } from '@unchoke/bencode';
import { MetainfoError } from './errors.js';
import { required } from './fields.js';
import { LIMITS } from './limits.js';
import type { HashFunction } from './merkle.js';
import type { Metainfo } from './metainfo.js';
import { Notes } from './notes.js';
import { type InfoPart, readInfo } from './read-info.js';
import { EMPTY_OUTSIDE, type OutsidePart, readOutside } from './read-outside.js';

/**
 * The two hash functions of BitTorrent. `@unchoke/metainfo/node` has them ready as `hashes`.
 *
 * @example
 * ```ts
 * import { createHash } from 'node:crypto';
 * import type { Hashes } from '@unchoke/metainfo';
 *
 * const hashes: Hashes = {
 *   sha1: (bytes) => createHash('sha1').update(bytes).digest(),
 *   sha256: (bytes) => createHash('sha256').update(bytes).digest(),
 * };
 * console.assert(hashes.sha1(new Uint8Array(0)).length === 20);
 * ```
 */
export interface Hashes {
  readonly sha1: HashFunction;
  readonly sha256: HashFunction;
}

/**
 * How to read a torrent.
 *
 * @example
 * ```ts
 * import type { ParseOptions } from '@unchoke/metainfo';
 * import { hashes } from '@unchoke/metainfo/node';
 *
 * const options: ParseOptions = { ...hashes, strict: true };
 * console.assert(options.strict === true);
 * ```
 */
export interface ParseOptions extends Hashes {
  /** `true` refuses what would otherwise be a note. Default `false`. */
  readonly strict?: boolean;
}

/** Deeper than the deepest path: around the names of a v2 file stand six more lists and dictionaries. */
const DEPTH_MAX = LIMITS.pathDepthMax + 8;

/**
 * Reads a torrent, v1, v2 or hybrid, and checks all that can be checked without its content. The work is linear in the
 * bytes.
 *
 * @throws {MetainfoError} when it is no torrent, or one that must not be used; `code`, `path` and `offset` say why and where.
 * @throws {BencodeError} when the bytes are not bencode.
 * @example
 * ```ts
 * import { parseMetainfo } from '@unchoke/metainfo';
 * import { hashes } from '@unchoke/metainfo/node';
 *
 * const torrent = `d4:infod6:lengthi5e4:name5:a.txt12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}ee`;
 * const { name, totalLength, files } = parseMetainfo(new TextEncoder().encode(torrent), hashes);
 * console.assert(name === 'a.txt' && totalLength === 5 && files.length === 1);
 * ```
 */
export function parseMetainfo(bytes: Uint8Array, options: ParseOptions): Metainfo {
  return readTorrentBytes(bytes, options, options.strict ?? false);
}

/**
 * Reads an info dictionary alone, as peers send it for a magnet (BEP 9). It has no trackers, and no piece layers.
 *
 * @throws {MetainfoError} and {@link BencodeError} as {@link parseMetainfo}.
 * @example
 * ```ts
 * import { parseInfo } from '@unchoke/metainfo';
 * import { hashes } from '@unchoke/metainfo/node';
 *
 * const info = `d6:lengthi5e4:name5:a.txt12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}e`;
 * console.assert(parseInfo(new TextEncoder().encode(info), hashes).trackerTiers.length === 0);
 * ```
 */
export function parseInfo(bytes: Uint8Array, options: ParseOptions): Metainfo {
  const notes = new Notes(options.strict ?? false);
  const { root, forgiven } = readBytes(bytes, notes);
  const info = readInfo(root, undefined, options, notes);
  refuseUnsortedV2(info.version, forgiven);
  return joined(info, EMPTY_OUTSIDE, notes);
}

/** As {@link parseMetainfo}; without hash functions nothing is hashed, and the info-hashes are missing. */
export function readTorrentBytes(bytes: Uint8Array, hashes: Hashes | undefined, isStrict: boolean): Metainfo {
  const notes = new Notes(isStrict);
  const { root, forgiven } = readBytes(withoutTrailingSpace(bytes, notes), notes);
  const infoNode = required(root, 'info');
  const info = readInfo(infoNode, root, hashes, notes);
  refuseUnsortedV2(info.version, forgiven);
  return joined(info, readOutside(root, notes), notes);
}

/** Spelled out: several times faster than spreading, and every torrent has the same shape. */
function joined(info: InfoPart, outside: OutsidePart, notes: Notes): Metainfo {
  return {
    version: info.version,
    infoHash: info.infoHash,
    infoHashV2: info.infoHashV2,
    infoBytes: info.infoBytes,
    name: info.name,
    pieceLength: info.pieceLength,
    pieceCount: info.pieceCount,
    pieceHashes: info.pieceHashes,
    totalLength: info.totalLength,
    contentLength: info.contentLength,
    files: info.files,
    trackerTiers: outside.trackerTiers,
    webSeeds: outside.webSeeds,
    httpSeeds: outside.httpSeeds,
    nodes: outside.nodes,
    isPrivate: info.isPrivate,
    comment: outside.comment,
    createdBy: outside.createdBy,
    creationDate: outside.creationDate,
    encoding: outside.encoding,
    source: info.source,
    notes: notes.list,
  };
}

function readBytes(
  bytes: Uint8Array,
  notes: Notes,
): { readonly root: BencodeNode; readonly forgiven: number | undefined } {
  let forgiven: number | undefined;
  const root = read(bytes, {
    strict: false,
    bytesMax: LIMITS.torrentBytesMax,
    valueCountMax: LIMITS.valueCountMax,
    depthMax: DEPTH_MAX,
    onForgiven: ({ code, key, offset }) => {
      forgiven ??= offset;
      notes.add(code, 'this key is smaller than the one before it', { path: key, offset });
    },
  });
  return { root, forgiven };
}

/**
 * Old v1 programs wrote unsorted keys and their torrents are still around. BEP 52 has no such past: its dictionaries are
 * refused when they are not sorted, as libtorrent does.
 */
function refuseUnsortedV2(version: Metainfo['version'], offset: number | undefined): void {
  if (version === 'v1' || offset === undefined) return;
  throw new MetainfoError('unsorted-keys', 'the keys of a v2 torrent must be sorted', '', offset);
}

/** A line end behind the torrent, added by some editor or mailer, changes nothing of what it says. */
function withoutTrailingSpace(bytes: Uint8Array, notes: Notes): Uint8Array {
  let end = bytes.length;
  while (end > 0 && isSpace(bytes[end - 1]!)) end--;
  if (end === bytes.length) return bytes;
  notes.add('trailing-whitespace', `${bytes.length - end} bytes of white space follow the torrent`, {
    path: '',
    offset: end,
  });
  return bytes.subarray(0, end);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
