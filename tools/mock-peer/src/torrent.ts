import { type Bencode, rawValueOf, readBencode, writeBencode } from './bencode.js';
import { concat, fromLatin1 } from './bytes.js';
import type { Content } from './content.js';
import { MockPeerError } from './errors.js';
import { TORRENT_BYTES_MAX } from './limits.js';

/**
 * SHA-1 as an argument, so that nothing here depends on a platform.
 *
 * @example
 * console.log(sha1(new Uint8Array(0)).length); // 20
 */
export type Sha1 = (bytes: Uint8Array) => Uint8Array;

/**
 * What a mock peer has to know about a torrent.
 *
 * @example
 * const { torrent } = randomTorrent('1MiB:42');
 * console.log(torrent.name, torrent.pieceCount, torrent.pieceLength); // random-1MiB-42 4 262144
 */
export interface MockTorrent {
  readonly infoHash: Uint8Array;
  /** The bytes the info-hash is made of, served through ut_metadata. */
  readonly infoBytes: Uint8Array;
  readonly name: string;
  readonly pieceLength: number;
  readonly pieceCount: number;
  readonly totalLength: number;
  /** 20 bytes a piece. */
  readonly pieceHashes: Uint8Array;
  readonly files: readonly MockFile[];
  readonly trackers: readonly string[];
}

/**
 * One file inside the content. Pad files have no place on disk.
 *
 * @example
 * const [file] = randomTorrent('1MiB:42').torrent.files;
 * console.log(file?.path, file?.length); // [ 'random-1MiB-42' ] 1048576
 */
export interface MockFile {
  readonly path: readonly string[];
  readonly length: number;
  readonly isPadding: boolean;
}

/**
 * What `makeTorrent` is told.
 *
 * @example
 * const plan = { name: 'noise', content: parseRandomContent('1MiB:42'), pieceLength: 65_536, isPrivate: true };
 * const bytes = makeTorrent(plan, sha1);
 */
export interface TorrentPlan {
  readonly name: string;
  readonly content: Content;
  /** Default 262144. */
  readonly pieceLength?: number;
  readonly tracker?: string;
  readonly isPrivate?: boolean;
}

/**
 * Reads a v1 (or the v1 half of a hybrid) .torrent. Small on purpose: judging torrents is `@unchoke/metainfo`'s task.
 *
 * @example
 * const torrent = readTorrent(randomTorrent('1MiB:42').torrentFile, sha1);
 */
export function readTorrent(bytes: Uint8Array, sha1: Sha1): MockTorrent {
  if (bytes.length > TORRENT_BYTES_MAX) throw bad('', `${bytes.length} bytes: at most ${TORRENT_BYTES_MAX} are read`);
  const root = dict(readBencode(bytes).value, '');
  const infoBytes = rawValueOf(bytes, 'info');
  if (infoBytes === undefined) throw bad('info', 'is missing');
  const info = dict(root.get('info'), 'info');
  const pieceHashes = byteString(info.get('pieces'), 'info.pieces');
  const pieceLength = whole(info.get('piece length'), 'info.piece length');
  if (pieceLength === 0) throw bad('info.piece length', 'is 0');
  const name = text(info.get('name'), 'info.name');
  if (!isSafeName(name)) throw bad('info.name', `"${name}" would leave the folder`);
  const files = filesOf(info, name);
  const totalLength = files.reduce((sum, file) => sum + file.length, 0);
  const pieceCount = Math.ceil(totalLength / pieceLength);
  if (pieceHashes.length !== 20 * pieceCount) {
    throw bad('info.pieces', `${pieceHashes.length} bytes, but ${pieceCount} pieces need ${20 * pieceCount}`);
  }
  return {
    infoHash: sha1(infoBytes),
    infoBytes,
    name,
    pieceLength,
    pieceCount,
    totalLength,
    pieceHashes,
    files,
    trackers: trackersOf(root),
  };
}

/**
 * Writes a .torrent for a content, reading it once from front to back, piece by piece.
 *
 * @example
 * const bytes = makeTorrent({ name: 'noise', content: parseRandomContent('1GiB:42') }, sha1);
 */
export function makeTorrent(plan: TorrentPlan, sha1: Sha1): Uint8Array {
  const { content, pieceLength = 262_144 } = plan;
  if (!Number.isSafeInteger(pieceLength) || pieceLength < 1)
    throw bad('pieceLength', `${pieceLength} is not a positive integer`);
  const pieceCount = Math.ceil(content.length / pieceLength);
  const pieces = new Uint8Array(20 * pieceCount);
  for (let piece = 0; piece < pieceCount; piece++) {
    const offset = piece * pieceLength;
    pieces.set(sha1(content.read(offset, Math.min(pieceLength, content.length - offset))), 20 * piece);
  }
  const info = new Map<string, Bencode>([
    ['length', content.length],
    ['name', new TextEncoder().encode(plan.name)],
    ['piece length', pieceLength],
    ['pieces', pieces],
  ]);
  if (plan.isPrivate === true) info.set('private', 1);
  const root = new Map<string, Bencode>([['info', info]]);
  if (plan.tracker !== undefined) root.set('announce', fromLatin1(plan.tracker));
  return writeBencode(root);
}

/** Bytes of a piece; the last may be shorter. */
export function pieceLengthOf(torrent: MockTorrent, piece: number): number {
  return Math.min(torrent.pieceLength, torrent.totalLength - piece * torrent.pieceLength);
}

/** Whether a range lies inside one piece of the torrent. */
export function isInside(torrent: MockTorrent, piece: number, begin: number, length: number): boolean {
  return piece < torrent.pieceCount && length > 0 && begin + length <= pieceLengthOf(torrent, piece);
}

function filesOf(info: ReadonlyMap<string, Bencode>, name: string): readonly MockFile[] {
  const list = info.get('files');
  if (list === undefined) {
    return [{ path: [name], length: whole(info.get('length'), 'info.length'), isPadding: false }];
  }
  if (!Array.isArray(list)) throw bad('info.files', 'is not a list');
  return (list as readonly Bencode[]).map((entry, i) => {
    const at = `info.files[${i}]`;
    const file = dict(entry, at);
    const parts = file.get('path');
    if (!Array.isArray(parts)) throw bad(`${at}.path`, 'is not a list');
    const path = (parts as readonly Bencode[]).map((part) => text(part, `${at}.path`));
    if (path.length === 0 || !path.every(isSafeName)) {
      throw bad(`${at}.path`, `"${path.join('/')}" would leave the folder`);
    }
    const attributes = file.get('attr');
    const isPadding = attributes instanceof Uint8Array && attributes.includes(0x70); // 'p', BEP 47
    return { path, length: whole(file.get('length'), `${at}.length`), isPadding };
  });
}

/** The content's folder is the only place this package reads or writes. */
function isSafeName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
}

function trackersOf(root: ReadonlyMap<string, Bencode>): readonly string[] {
  const announce = root.get('announce');
  return announce instanceof Uint8Array ? [text(announce, 'announce')] : [];
}

function dict(value: Bencode | undefined, path: string): ReadonlyMap<string, Bencode> {
  if (value instanceof Map) return value;
  throw bad(path, 'is not a dictionary');
}

function byteString(value: Bencode | undefined, path: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw bad(path, 'is not a string');
}

function text(value: Bencode | undefined, path: string): string {
  return new TextDecoder().decode(concat([byteString(value, path)]));
}

function whole(value: Bencode | undefined, path: string): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw bad(path, 'is not an integer between 0 and 2^53 - 1');
}

function bad(path: string, message: string): MockPeerError {
  return new MockPeerError('bad-torrent', message, path);
}
