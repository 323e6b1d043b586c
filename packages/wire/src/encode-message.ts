import { LocalProtocolError } from './errors.js';
import { HASHES_HEADER_LENGTH, PIECE_HEADER_LENGTH } from './frame-lengths.js';
import * as id from './message-ids.js';
import type { BlockMessage, HashRange, Message } from './messages.js';
import { writeU16, writeU32 } from './u32.js';

/** Length of a `have` frame, its prefix included. */
export const HAVE_FRAME_LENGTH = 9;
/** Length of a `request`, `cancel` or `reject` frame. */
export const BLOCK_FRAME_LENGTH = 17;
/** Length of a `piece` frame before its block. */
export const PIECE_FRAME_HEADER_LENGTH = 13;

const BLOCK_IDS = { request: id.REQUEST, cancel: id.CANCEL, reject: id.REJECT } as const;
const PIECE_INDEX_IDS = { have: id.HAVE, suggest: id.SUGGEST, 'allowed-fast': id.ALLOWED_FAST } as const;
const HASH_IDS = { 'hash-request': id.HASH_REQUEST, 'hash-reject': id.HASH_REJECT, hashes: id.HASHES } as const;
const SIGNAL_IDS = {
  choke: id.CHOKE,
  unchoke: id.UNCHOKE,
  interested: id.INTERESTED,
  'not-interested': id.NOT_INTERESTED,
  'have-all': id.HAVE_ALL,
  'have-none': id.HAVE_NONE,
} as const;

/**
 * Writes one message with its length prefix.
 *
 * @throws {LocalProtocolError} `bad-argument` for what the wire cannot carry.
 * @example
 * ```ts
 * import { encodeMessage } from '@unchoke/wire';
 *
 * console.assert(encodeMessage({ type: 'unchoke' }).join() === '0,0,0,1,1');
 * ```
 */
export function encodeMessage(message: Message): Uint8Array {
  switch (message.type) {
    case 'keep-alive':
      return new Uint8Array(4);
    case 'have':
    case 'suggest':
    case 'allowed-fast': {
      const frame = newFrame(5, PIECE_INDEX_IDS[message.type]);
      writeU32(frame, 5, message.piece);
      return frame;
    }
    case 'request':
    case 'cancel':
    case 'reject': {
      const frame = new Uint8Array(BLOCK_FRAME_LENGTH);
      writeBlockMessage(message, frame, 0);
      return frame;
    }
    case 'piece': {
      const frame = new Uint8Array(PIECE_FRAME_HEADER_LENGTH + message.block.length);
      frame.set(message.block, writePieceHeader(message.piece, message.begin, message.block.length, frame, 0));
      return frame;
    }
    case 'bitfield':
      return withPayload(newFrame(1 + message.bits.length, id.BITFIELD), message.bits);
    case 'port':
      return portFrame(message.port);
    case 'extended':
      return extendedFrame(message.id, message.payload);
    case 'hash-request':
    case 'hash-reject':
      return hashFrame(HASH_IDS[message.type], message, undefined);
    case 'hashes':
      return hashFrame(id.HASHES, message, message.hashes);
    case 'unknown':
      checkByte(message.id);
      return withPayload(newFrame(1 + message.payload.length, message.id), message.payload);
    default:
      return newFrame(1, SIGNAL_IDS[message.type]);
  }
}

/**
 * Writes a `request`, `cancel` or `reject` (17 bytes) at `offset` of your own buffer, so that a batch is one write.
 *
 * @returns where the next message goes.
 * @throws {LocalProtocolError} `bad-argument` when the numbers or the room do not fit.
 * @example
 * ```ts
 * import { writeBlockMessage } from '@unchoke/wire';
 *
 * const batch = new Uint8Array(34);
 * let end = writeBlockMessage({ type: 'request', piece: 0, begin: 0, length: 16_384 }, batch, 0);
 * end = writeBlockMessage({ type: 'request', piece: 0, begin: 16_384, length: 16_384 }, batch, end);
 * console.assert(end === batch.length);
 * ```
 */
export function writeBlockMessage(message: BlockMessage, target: Uint8Array, offset: number): number {
  const end = startFrame(target, offset, BLOCK_FRAME_LENGTH - 4, BLOCK_IDS[message.type], BLOCK_FRAME_LENGTH);
  writeU32(target, offset + 5, message.piece);
  writeU32(target, offset + 9, message.begin);
  writeU32(target, offset + 13, message.length);
  return end;
}

/**
 * Writes a `have` (9 bytes) at `offset` of your own buffer.
 *
 * @returns where the next message goes.
 * @throws {LocalProtocolError} `bad-argument` when the number or the room does not fit.
 * @example
 * ```ts
 * import { writeHave } from '@unchoke/wire';
 *
 * const frame = new Uint8Array(9);
 * console.assert(writeHave(3, frame, 0) === 9 && frame[8] === 3);
 * ```
 */
export function writeHave(piece: number, target: Uint8Array, offset: number): number {
  const end = startFrame(target, offset, HAVE_FRAME_LENGTH - 4, id.HAVE, HAVE_FRAME_LENGTH);
  writeU32(target, offset + 5, piece);
  return end;
}

/**
 * Writes what stands before a block (13 bytes): prefix, id, piece and begin. The block itself follows from where it lies, for
 * example as the next part of one `writev`.
 *
 * @returns where the block goes.
 * @throws {LocalProtocolError} `bad-argument` when the numbers or the room do not fit.
 * @example
 * ```ts
 * import { writePieceHeader } from '@unchoke/wire';
 *
 * const header = new Uint8Array(13);
 * console.assert(writePieceHeader(1, 0, 16_384, header, 0) === 13);
 * ```
 */
export function writePieceHeader(
  piece: number,
  begin: number,
  blockLength: number,
  target: Uint8Array,
  offset: number,
): number {
  const frameLength = PIECE_HEADER_LENGTH + blockLength;
  const end = startFrame(target, offset, frameLength, id.PIECE, PIECE_FRAME_HEADER_LENGTH);
  writeU32(target, offset + 5, piece);
  writeU32(target, offset + 9, begin);
  return end;
}

function startFrame(target: Uint8Array, offset: number, length: number, messageId: number, written: number): number {
  const end = offset + written;
  if (!(offset >= 0 && end <= target.length)) {
    const problem = `${written} bytes at offset ${offset} do not fit a buffer of ${target.length}`;
    throw new LocalProtocolError('bad-argument', problem);
  }
  writeU32(target, offset, length);
  target[offset + 4] = messageId;
  return end;
}

function newFrame(length: number, messageId: number): Uint8Array {
  const frame = new Uint8Array(4 + length);
  writeU32(frame, 0, length);
  frame[4] = messageId;
  return frame;
}

function withPayload(frame: Uint8Array, payload: Uint8Array): Uint8Array {
  frame.set(payload, frame.length - payload.length);
  return frame;
}

function portFrame(port: number): Uint8Array {
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) {
    throw new LocalProtocolError('bad-argument', `${port} is not a port from 0 to 65535`);
  }
  const frame = newFrame(3, id.PORT);
  writeU16(frame, 5, port);
  return frame;
}

function extendedFrame(extendedId: number, payload: Uint8Array): Uint8Array {
  checkByte(extendedId);
  const frame = newFrame(2 + payload.length, id.EXTENDED);
  frame[5] = extendedId;
  return withPayload(frame, payload);
}

function hashFrame(messageId: number, range: HashRange, hashes: Uint8Array | undefined): Uint8Array {
  if (range.piecesRoot.length !== 32) {
    throw new LocalProtocolError('bad-argument', `a pieces root has 32 bytes, not ${range.piecesRoot.length}`);
  }
  const frame = newFrame(HASHES_HEADER_LENGTH + (hashes?.length ?? 0), messageId);
  frame.set(range.piecesRoot, 5);
  writeU32(frame, 37, range.baseLayer);
  writeU32(frame, 41, range.index);
  writeU32(frame, 45, range.length);
  writeU32(frame, 49, range.proofLayers);
  return hashes === undefined ? frame : withPayload(frame, hashes);
}

function checkByte(value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 255) {
    throw new LocalProtocolError('bad-argument', `${value} is not an id from 0 to 255`);
  }
}
