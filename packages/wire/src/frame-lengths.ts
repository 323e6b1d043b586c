import { RemoteProtocolError } from './errors.js';
import { LIMITS } from './limits.js';
import * as id from './message-ids.js';
import type { ViolationCode } from './violations.js';

/** What one torrent and one agreement allow in a frame. */
export interface FrameLimits {
  /** Pieces of the torrent; `undefined` while that is not known (BEP 9). */
  readonly pieceCount: number | undefined;
  readonly blockBytesMax: number;
  /** By the extended message ids that we gave out: the longest payload. */
  readonly extendedBytesMax: ReadonlyMap<number, number>;
}

/** Frame lengths (id and payload) that cannot be anything else; 0 where the length varies or the id is unknown. */
const FIXED = new Uint8Array(256);
for (const [length, ids] of [
  [1, [id.CHOKE, id.UNCHOKE, id.INTERESTED, id.NOT_INTERESTED, id.HAVE_ALL, id.HAVE_NONE]],
  [3, [id.PORT]],
  [5, [id.HAVE, id.SUGGEST, id.ALLOWED_FAST]],
  [13, [id.REQUEST, id.CANCEL, id.REJECT]],
  [49, [id.HASH_REQUEST, id.HASH_REJECT]],
] as const) {
  for (const one of ids) FIXED[one] = length;
}

/** Bytes of a piece frame before its block, and of a hashes frame before its hashes. */
export const PIECE_HEADER_LENGTH = 9;
export const HASHES_HEADER_LENGTH = 49;

/** The longest frame of any id: what the four bytes of the prefix alone are held against. */
export function longestFrame(limits: FrameLimits): number {
  let longest = Math.max(
    1 + LIMITS.unknownBytesMax,
    PIECE_HEADER_LENGTH + limits.blockBytesMax,
    1 + bitfieldLength(limits.pieceCount ?? LIMITS.pieceCountMax),
    HASHES_HEADER_LENGTH + 32 * LIMITS.hashCountMax,
    2 + LIMITS.extendedHandshakeBytesMax,
    2 + LIMITS.extensionBytesMax,
  );
  for (const bytesMax of limits.extendedBytesMax.values()) longest = Math.max(longest, 2 + bytesMax);
  return longest;
}

export function bitfieldLength(pieceCount: number): number {
  return Math.ceil(pieceCount / 8);
}

/** Why a frame of this length (without its prefix) cannot have this id, if so. Extended frames: see {@link extendedBreach}. */
export function frameBreach(length: number, messageId: number, limits: FrameLimits): RemoteProtocolError | undefined {
  const fixed = FIXED[messageId]!;
  if (fixed !== 0) return length === fixed ? undefined : lengthError('frame-length-wrong', length, messageId, fixed);
  switch (messageId) {
    case id.PIECE:
      if (length <= PIECE_HEADER_LENGTH) return lengthError('frame-length-wrong', length, messageId, '10 or more');
      return atMost(length, messageId, PIECE_HEADER_LENGTH + limits.blockBytesMax, 'block-too-long');
    case id.BITFIELD: {
      if (limits.pieceCount === undefined) return atMost(length, messageId, 1 + bitfieldLength(LIMITS.pieceCountMax));
      const expected = 1 + bitfieldLength(limits.pieceCount);
      return length === expected ? undefined : lengthError('bitfield-length-wrong', length, messageId, expected);
    }
    case id.EXTENDED:
      return length >= 2 ? undefined : lengthError('frame-length-wrong', length, messageId, '2 or more');
    case id.HASHES:
      if (length < HASHES_HEADER_LENGTH || (length - HASHES_HEADER_LENGTH) % 32 !== 0) {
        return lengthError('frame-length-wrong', length, messageId, '49 and a multiple of 32');
      }
      return atMost(length, messageId, HASHES_HEADER_LENGTH + 32 * LIMITS.hashCountMax);
    default:
      return atMost(length, messageId, 1 + LIMITS.unknownBytesMax);
  }
}

/** The same for an extended frame, once its second byte is here. */
export function extendedBreach(
  length: number,
  extendedId: number,
  limits: FrameLimits,
): RemoteProtocolError | undefined {
  const bytesMax =
    extendedId === 0
      ? LIMITS.extendedHandshakeBytesMax
      : (limits.extendedBytesMax.get(extendedId) ?? LIMITS.extensionBytesMax);
  if (length <= 2 + bytesMax) return undefined;
  const problem = `an extended message with id ${extendedId} declares ${length} bytes; at most ${2 + bytesMax} are allowed`;
  return new RemoteProtocolError('frame-too-long', problem);
}

function atMost(
  length: number,
  messageId: number,
  max: number,
  code: ViolationCode = 'frame-too-long',
): RemoteProtocolError | undefined {
  return length <= max ? undefined : lengthError(code, length, messageId, `at most ${max}`);
}

function lengthError(
  code: ViolationCode,
  length: number,
  messageId: number,
  expected: number | string,
): RemoteProtocolError {
  const problem = `a message with id ${messageId} declares ${length} bytes where ${expected} belong`;
  return new RemoteProtocolError(code, problem);
}
