import { HASHES_HEADER_LENGTH, PIECE_HEADER_LENGTH } from './frame-lengths.js';
import * as id from './message-ids.js';
import type { HashRange, Message, SignalMessage } from './messages.js';
import { readU16, readU32 } from './u32.js';

/** Messages that carry nothing are the same object each time: a flood of them allocates nothing. */
export const KEEP_ALIVE_MESSAGE: SignalMessage = Object.freeze({ type: 'keep-alive' });
const CHOKE_MESSAGE: SignalMessage = Object.freeze({ type: 'choke' });
const UNCHOKE_MESSAGE: SignalMessage = Object.freeze({ type: 'unchoke' });
const INTERESTED_MESSAGE: SignalMessage = Object.freeze({ type: 'interested' });
const NOT_INTERESTED_MESSAGE: SignalMessage = Object.freeze({ type: 'not-interested' });
const HAVE_ALL_MESSAGE: SignalMessage = Object.freeze({ type: 'have-all' });
const HAVE_NONE_MESSAGE: SignalMessage = Object.freeze({ type: 'have-none' });

/**
 * Reads the frame that begins (with its id) at `at` and has `length` bytes. The length was judged before; everything longer than
 * a number is a view.
 */
export function decodeFrame(bytes: Uint8Array, at: number, length: number): Message {
  const messageId = bytes[at]!;
  switch (messageId) {
    case id.PIECE: {
      const block = bytes.subarray(at + PIECE_HEADER_LENGTH, at + length);
      return { type: 'piece', piece: readU32(bytes, at + 1), begin: readU32(bytes, at + 5), block };
    }
    case id.HAVE:
      return { type: 'have', piece: readU32(bytes, at + 1) };
    case id.REQUEST:
      return blockMessage('request', bytes, at);
    case id.CANCEL:
      return blockMessage('cancel', bytes, at);
    case id.REJECT:
      return blockMessage('reject', bytes, at);
    case id.CHOKE:
      return CHOKE_MESSAGE;
    case id.UNCHOKE:
      return UNCHOKE_MESSAGE;
    case id.INTERESTED:
      return INTERESTED_MESSAGE;
    case id.NOT_INTERESTED:
      return NOT_INTERESTED_MESSAGE;
    case id.BITFIELD:
      return { type: 'bitfield', bits: bytes.subarray(at + 1, at + length) };
    case id.PORT:
      return { type: 'port', port: readU16(bytes, at + 1) };
    case id.SUGGEST:
      return { type: 'suggest', piece: readU32(bytes, at + 1) };
    case id.ALLOWED_FAST:
      return { type: 'allowed-fast', piece: readU32(bytes, at + 1) };
    case id.HAVE_ALL:
      return HAVE_ALL_MESSAGE;
    case id.HAVE_NONE:
      return HAVE_NONE_MESSAGE;
    case id.EXTENDED:
      return { type: 'extended', id: bytes[at + 1]!, payload: bytes.subarray(at + 2, at + length) };
    case id.HASH_REQUEST:
      return { type: 'hash-request', ...hashRange(bytes, at) };
    case id.HASH_REJECT:
      return { type: 'hash-reject', ...hashRange(bytes, at) };
    case id.HASHES:
      return {
        type: 'hashes',
        ...hashRange(bytes, at),
        hashes: bytes.subarray(at + HASHES_HEADER_LENGTH, at + length),
      };
    default:
      return { type: 'unknown', id: messageId, payload: bytes.subarray(at + 1, at + length) };
  }
}

function blockMessage(type: 'request' | 'cancel' | 'reject', bytes: Uint8Array, at: number): Message {
  return { type, piece: readU32(bytes, at + 1), begin: readU32(bytes, at + 5), length: readU32(bytes, at + 9) };
}

function hashRange(bytes: Uint8Array, at: number): HashRange {
  return {
    piecesRoot: bytes.subarray(at + 1, at + 33),
    baseLayer: readU32(bytes, at + 33),
    index: readU32(bytes, at + 37),
    length: readU32(bytes, at + 41),
    proofLayers: readU32(bytes, at + 45),
  };
}
