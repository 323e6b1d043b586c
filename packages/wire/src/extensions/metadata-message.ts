import { encode } from '@unchoke/bencode';
import { LocalProtocolError, RemoteProtocolError } from '../errors.js';
import { readDictPrefix, reading } from './payload.js';

/** Bytes of every part of the metadata but the last (BEP 9, metadata). */
export const METADATA_PART_LENGTH = 16_384;

/**
 * A message of ut_metadata (BEP 9). What the BEP calls a piece of metadata is a part here: pieces are of the content.
 *
 * @example
 * ```ts
 * import type { MetadataMessage } from '@unchoke/wire';
 *
 * const message: MetadataMessage = { kind: 'request', part: 0 };
 * console.assert(message.kind === 'request');
 * ```
 */
export type MetadataMessage =
  | { readonly kind: 'request' | 'reject'; readonly part: number }
  | {
      readonly kind: 'data';
      readonly part: number;
      /** Bytes of the whole metadata, as the sender says (`total_size`). */
      readonly totalLength: number | undefined;
      readonly bytes: Uint8Array;
    }
  /** A kind that BEP 9 does not know and that must be ignored. */
  | { readonly kind: 'unknown'; readonly messageType: number };

const REQUEST = 0;
const DATA = 1;
const REJECT = 2;

/**
 * Writes the payload of a ut_metadata message.
 *
 * @throws {LocalProtocolError} `bad-argument` for a part without a number, or data longer than a part.
 * @example
 * ```ts
 * import { encodeMetadataMessage } from '@unchoke/wire';
 *
 * const payload = encodeMetadataMessage({ kind: 'request', part: 0 });
 * console.assert(String.fromCharCode(...payload) === 'd8:msg_typei0e5:piecei0ee'); // the example of BEP 9
 * ```
 */
export function encodeMetadataMessage(message: MetadataMessage): Uint8Array {
  if (message.kind === 'unknown') return encode({ msg_type: message.messageType });
  if (!Number.isSafeInteger(message.part) || message.part < 0) {
    throw new LocalProtocolError('bad-argument', `${message.part} is not the number of a part`);
  }
  if (message.kind !== 'data') {
    return encode({ msg_type: message.kind === 'request' ? REQUEST : REJECT, piece: message.part });
  }
  const { part, totalLength, bytes } = message;
  if (bytes.length > METADATA_PART_LENGTH) {
    throw new LocalProtocolError(
      'bad-argument',
      `a part has at most ${METADATA_PART_LENGTH} bytes, not ${bytes.length}`,
    );
  }
  const head = encode({
    msg_type: DATA,
    piece: part,
    ...(totalLength === undefined ? {} : { total_size: totalLength }),
  });
  const payload = new Uint8Array(head.length + bytes.length);
  payload.set(head);
  payload.set(bytes, head.length);
  return payload;
}

/**
 * Reads the payload of a ut_metadata message; the bytes of a part are a view.
 *
 * @throws {RemoteProtocolError} `payload-malformed`.
 * @example
 * ```ts
 * import { parseMetadataMessage } from '@unchoke/wire';
 *
 * const payload = Uint8Array.from('d8:msg_typei2e5:piecei0ee', (character) => character.charCodeAt(0));
 * console.assert(parseMetadataMessage(payload).kind === 'reject');
 * ```
 */
export function parseMetadataMessage(payload: Uint8Array): MetadataMessage {
  const { dict, rest } = readDictPrefix('ut_metadata', payload);
  const message = reading('ut_metadata', (): MetadataMessage => {
    const messageType = dict.get('msg_type').integer();
    // BEP 9, extension message: an unrecognized one must be ignored, so nothing more is asked of it.
    if (messageType !== REQUEST && messageType !== DATA && messageType !== REJECT)
      return { kind: 'unknown', messageType };
    const part = dict.get('piece').integer({ min: 0 });
    if (messageType !== DATA) return { kind: messageType === REQUEST ? 'request' : 'reject', part };
    return { kind: 'data', part, totalLength: dict.find('total_size')?.integer({ min: 1 }), bytes: rest };
  });
  if (message.kind === 'data' ? rest.length > METADATA_PART_LENGTH : rest.length > 0 && message.kind !== 'unknown') {
    throw new RemoteProtocolError('payload-malformed', `ut_metadata: ${rest.length} bytes follow a ${message.kind}`);
  }
  return message;
}
