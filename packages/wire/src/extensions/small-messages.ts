import { read } from '@unchoke/bencode';
import { RemoteProtocolError } from '../errors.js';
import { readU32, writeU32 } from '../u32.js';
import { reading } from './payload.js';

const DIGIT_0 = 0x30;

/**
 * Writes the payload of lt_donthave (BEP 54): the sender no longer has this piece.
 *
 * @throws {LocalProtocolError} `bad-argument` for what is no piece index.
 * @example
 * ```ts
 * import { encodeDontHave } from '@unchoke/wire';
 *
 * console.assert(encodeDontHave(5).join() === '0,0,0,5');
 * ```
 */
export function encodeDontHave(piece: number): Uint8Array {
  const payload = new Uint8Array(4);
  writeU32(payload, 0, piece);
  return payload;
}

/**
 * Reads the payload of lt_donthave: the piece.
 *
 * @throws {RemoteProtocolError} `payload-malformed`.
 * @example
 * ```ts
 * import { parseDontHave } from '@unchoke/wire';
 *
 * console.assert(parseDontHave(new Uint8Array([0, 0, 0, 5])) === 5);
 * ```
 */
export function parseDontHave(payload: Uint8Array): number {
  if (payload.length === 4) return readU32(payload, 0);
  throw new RemoteProtocolError('payload-malformed', `lt_donthave: ${payload.length} bytes instead of 4`);
}

/**
 * Writes the payload of the upload_only message: the change of what BEP 21 puts into the handshake.
 *
 * @example
 * ```ts
 * import { encodeUploadOnly } from '@unchoke/wire';
 *
 * console.assert(encodeUploadOnly(true).join() === '1');
 * ```
 */
export function encodeUploadOnly(uploadOnly: boolean): Uint8Array {
  return new Uint8Array([Number(uploadOnly)]);
}

/**
 * Reads the payload of the upload_only message: one byte, as libtorrent sends it, or a bencoded integer or digit.
 *
 * @throws {RemoteProtocolError} `payload-malformed`.
 * @example
 * ```ts
 * import { parseUploadOnly } from '@unchoke/wire';
 *
 * console.assert(parseUploadOnly(new Uint8Array([1])));
 * console.assert(!parseUploadOnly(new Uint8Array([0x69, 0x30, 0x65]))); // i0e
 * ```
 */
export function parseUploadOnly(payload: Uint8Array): boolean {
  if (payload.length === 1) return payload[0] !== 0 && payload[0] !== DIGIT_0;
  return reading('upload_only', () => read(payload).integer() !== 0);
}
