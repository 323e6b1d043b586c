import { createHash } from 'node:crypto';
import { BLOCK_BYTES } from '../limits.js';
import type { PartialPiece } from '../partial-piece.js';
import type { Layout } from './layout.js';

/** The version this code writes, and the only one it reads. */
export const STATE_VERSION = 1;

/** A file as it was when its bytes were last known to be on stable storage; size −1 when it was not there. */
export interface FileRecord {
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly isInParts: boolean;
}

/** What is known of a torrent's files, as it survives a restart. */
export interface State {
  readonly infoHash: Uint8Array;
  /** Verified pieces that are on stable storage, as a BEP 3 bitfield. */
  readonly verified: Uint8Array;
  /** Written when the files were looked at, but not known to be on stable storage: to be hashed at the next start. */
  readonly doubtful: readonly number[];
  /** Blocks of other pieces that are on stable storage, not verified. */
  readonly partials: readonly PartialPiece[];
  /** All files in order, and the parts file. */
  readonly files: readonly FileRecord[];
}

/** Why a state file is not believed. */
export type StateRefusal =
  | 'damaged' // the checksum or the structure is wrong
  | 'foreign' // it belongs to another torrent
  | 'future'; //  a later version of this package wrote it

const MAGIC = Uint8Array.from('UNCHOKE\n', (character) => character.charCodeAt(0));
const HEADER_BYTES = 12;
const SHAPE_BYTES = 20;
const FILE_BYTES = 17;
const CHECKSUM_BYTES = 32;
const INFO_HASH_BYTES_MAX = 64;
const IS_PRESENT = 1;
const IS_IN_PARTS = 2;

/** The longest state a torrent can have: what is longer is not read. */
export function stateBytesMax(layout: Layout): number {
  const { pieceCount, pieceLength } = layout.shape;
  const partial = 4 + Math.ceil(Math.ceil(pieceLength / BLOCK_BYTES) / 8);
  const lists = 8 + pieceCount * (4 + partial);
  const fixed = HEADER_BYTES + 1 + INFO_HASH_BYTES_MAX + SHAPE_BYTES + CHECKSUM_BYTES;
  return fixed + Math.ceil(pieceCount / 8) + (layout.files.length + 1) * FILE_BYTES + lists;
}

export function encodeState(state: State, layout: Layout): Uint8Array {
  const writer = new Writer(stateLengthOf(state));
  writer.bytes(MAGIC);
  writer.u32(STATE_VERSION);
  writer.u8(state.infoHash.length);
  writer.bytes(state.infoHash);
  writer.u64(BigInt(layout.shape.totalLength));
  writer.u32(layout.shape.pieceLength);
  writer.u32(layout.shape.pieceCount);
  writer.u32(layout.files.length);
  writer.bytes(state.verified);
  for (const { size, mtimeNs, isInParts } of state.files) {
    writer.u8((size >= 0 ? IS_PRESENT : 0) | (isInParts ? IS_IN_PARTS : 0));
    writer.u64(BigInt(Math.max(0, size)));
    writer.i64(mtimeNs);
  }
  writer.u32(state.doubtful.length);
  for (const piece of state.doubtful) writer.u32(piece);
  writer.u32(state.partials.length);
  for (const { piece, blocks } of state.partials) {
    writer.u32(piece);
    writer.bytes(blocks);
  }
  return writer.finish();
}

/** The state, or why these bytes are none. Never throws, whatever the bytes. */
export function decodeState(bytes: Uint8Array, infoHash: Uint8Array, layout: Layout): State | StateRefusal {
  const reader = new Reader(bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM_BYTES)));
  if (!isEqual(reader.bytes(MAGIC.length), MAGIC)) return 'damaged';
  if (reader.u32() > STATE_VERSION) return 'future';
  if (!isEqual(bytes.subarray(-CHECKSUM_BYTES), checksumOf(bytes.subarray(0, -CHECKSUM_BYTES)))) return 'damaged';
  const { totalLength, pieceLength, pieceCount } = layout.shape;
  if (!isEqual(reader.bytes(reader.u8()), infoHash)) return 'foreign';
  if (reader.u64() !== BigInt(totalLength) || reader.u32() !== pieceLength) return 'foreign';
  if (reader.u32() !== pieceCount || reader.u32() !== layout.files.length) return 'foreign';
  const verified = reader.bytes(Math.ceil(pieceCount / 8)).slice();
  const files = Array.from({ length: layout.files.length + 1 }, () => readFileRecord(reader));
  const doubtful = readList(reader, pieceCount, () => reader.u32());
  const partials = readList(reader, pieceCount, () => readPartial(reader, layout));
  const fits = doubtful?.every((piece) => piece < pieceCount) === true && partials?.includes(undefined) === false;
  if (reader.isShort || !reader.isAtEnd || !fits) return 'damaged';
  return { infoHash, verified, doubtful: doubtful!, partials: partials as PartialPiece[], files };
}

function stateLengthOf({ infoHash, verified, files, doubtful, partials }: State): number {
  const lists = 8 + doubtful.length * 4 + partials.reduce((sum, { blocks }) => sum + 4 + blocks.length, 0);
  const fixed = HEADER_BYTES + 1 + infoHash.length + SHAPE_BYTES + CHECKSUM_BYTES;
  return fixed + verified.length + files.length * FILE_BYTES + lists;
}

function readFileRecord(reader: Reader): FileRecord {
  const flags = reader.u8();
  const size = Number(reader.u64());
  const mtimeNs = reader.i64();
  return { size: (flags & IS_PRESENT) === 0 ? -1 : size, mtimeNs, isInParts: (flags & IS_IN_PARTS) !== 0 };
}

function readPartial(reader: Reader, layout: Layout): PartialPiece | undefined {
  const piece = reader.u32();
  if (piece >= layout.shape.pieceCount) return undefined;
  const blockCount = Math.ceil(layout.lengthOf(piece) / BLOCK_BYTES);
  const blocks = reader.bytes(Math.ceil(blockCount / 8)).slice();
  const spare = blocks.length * 8 - blockCount;
  if (((blocks.at(-1) ?? 0) & ((1 << spare) - 1)) !== 0) return undefined;
  return { piece: piece as PartialPiece['piece'], blocks };
}

/** A list whose length is believed only as far as its items can be. */
function readList<Item>(reader: Reader, countMax: number, item: () => Item): Item[] | undefined {
  const count = reader.u32();
  if (count > countMax) return undefined;
  const items: Item[] = [];
  for (let index = 0; index < count && !reader.isShort; index++) items.push(item());
  return items;
}

function checksumOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

class Writer {
  private readonly target: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(length: number) {
    this.target = new Uint8Array(length);
    this.view = new DataView(this.target.buffer);
  }

  u8(value: number): void {
    this.view.setUint8(this.at, value);
    this.at += 1;
  }

  u32(value: number): void {
    this.view.setUint32(this.at, value);
    this.at += 4;
  }

  u64(value: bigint): void {
    this.view.setBigUint64(this.at, value);
    this.at += 8;
  }

  i64(value: bigint): void {
    this.view.setBigInt64(this.at, value);
    this.at += 8;
  }

  bytes(value: Uint8Array): void {
    this.target.set(value, this.at);
    this.at += value.length;
  }

  /** Adds the checksum. */
  finish(): Uint8Array {
    this.bytes(checksumOf(this.target.subarray(0, this.at)));
    return this.target;
  }
}

/** Reads zeros behind the end, and remembers that it did. */
class Reader {
  isShort = false;
  private readonly source: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(source: Uint8Array) {
    this.source = source;
    this.view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at === this.source.length;
  }

  u8(): number {
    return this.has(1) ? this.view.getUint8(this.at - 1) : 0;
  }

  u32(): number {
    return this.has(4) ? this.view.getUint32(this.at - 4) : 0;
  }

  u64(): bigint {
    return this.has(8) ? this.view.getBigUint64(this.at - 8) : 0n;
  }

  i64(): bigint {
    return this.has(8) ? this.view.getBigInt64(this.at - 8) : 0n;
  }

  bytes(length: number): Uint8Array {
    return this.has(length) ? this.source.subarray(this.at - length, this.at) : new Uint8Array(0);
  }

  private has(length: number): boolean {
    if (length > this.source.length - this.at) {
      this.isShort = true;
      return false;
    }
    this.at += length;
    return true;
  }
}
