import { LocalProtocolError } from '../errors.js';
import { LIMITS } from '../limits.js';
import {
  type ExtendedHandshake,
  encodeExtendedHandshake,
  type ParsedExtendedHandshake,
  parseExtendedHandshake,
} from './extended-handshake.js';
import { encodeHolepunchMessage, type HolepunchMessage, parseHolepunchMessage } from './holepunch-message.js';
import { encodeMetadataMessage, type MetadataMessage, parseMetadataMessage } from './metadata-message.js';
import { encodePexMessage, type ParsedPexMessage, type PexMessage, parsePexMessage } from './pex-message.js';
import { encodeDontHave, encodeUploadOnly, parseDontHave, parseUploadOnly } from './small-messages.js';

/** An extension as this side offers it in `m`: its name, the id for messages to us, and the longest payload we take. */
export interface ExtensionOffer {
  readonly name: string;
  /** 1 to 255. */
  readonly id: number;
  readonly payloadBytesMax: number;
}

/**
 * The extensions that are read and written here, with the ids that a `PeerLink` gives out unless told otherwise.
 *
 * @example
 * ```ts
 * import { EXTENSIONS, PeerLink } from '@unchoke/wire';
 *
 * // A private torrent must not exchange peers (BEP 27).
 * const extensions = EXTENSIONS.filter(({ name }) => name !== 'ut_pex');
 * const link = new PeerLink({ infoHash: new Uint8Array(20), peerId: new Uint8Array(20), extensions });
 * console.assert(link.local.phase === 'greeting');
 * ```
 */
export const EXTENSIONS: readonly ExtensionOffer[] = [
  { name: 'ut_metadata', id: 1, payloadBytesMax: LIMITS.metadataMessageBytesMax },
  { name: 'ut_pex', id: 2, payloadBytesMax: LIMITS.pexBytesMax },
  { name: 'lt_donthave', id: 3, payloadBytesMax: LIMITS.dontHaveBytesMax },
  { name: 'upload_only', id: 4, payloadBytesMax: LIMITS.uploadOnlyBytesMax },
  { name: 'ut_holepunch', id: 5, payloadBytesMax: LIMITS.holepunchBytesMax },
];

/**
 * An extended message to send, by name instead of by id. `extension` is for offers of your own.
 *
 * @example
 * ```ts
 * import type { ExtensionMessage } from '@unchoke/wire';
 *
 * const message: ExtensionMessage = { type: 'metadata', message: { kind: 'request', part: 0 } };
 * console.assert(message.type === 'metadata');
 * ```
 */
export type ExtensionMessage =
  | { readonly type: 'extended-handshake'; readonly handshake: ExtendedHandshake }
  | { readonly type: 'metadata'; readonly message: MetadataMessage }
  | { readonly type: 'pex'; readonly message: PexMessage }
  | { readonly type: 'dont-have'; readonly piece: number }
  | { readonly type: 'upload-only'; readonly uploadOnly: boolean }
  | { readonly type: 'holepunch'; readonly message: HolepunchMessage }
  | { readonly type: 'extension'; readonly name: string; readonly payload: Uint8Array };

/** The same as a link reads it: with what was left out. */
export type ExtensionEvent =
  | Exclude<ExtensionMessage, { type: 'extended-handshake' | 'pex' }>
  | { readonly type: 'extended-handshake'; readonly handshake: ParsedExtendedHandshake }
  | { readonly type: 'pex'; readonly message: ParsedPexMessage };

const TYPES: ReadonlySet<string> = new Set<ExtensionMessage['type']>([
  'extended-handshake',
  'metadata',
  'pex',
  'dont-have',
  'upload-only',
  'holepunch',
  'extension',
]);

export function isExtensionMessage(message: { readonly type: string }): message is ExtensionMessage {
  return TYPES.has(message.type);
}

/** The longest payload by id, after a check of the offers themselves. */
export function capsOf(offers: readonly ExtensionOffer[]): ReadonlyMap<number, number> {
  const caps = new Map<number, number>();
  for (const { name, id, payloadBytesMax } of offers) {
    const isId = Number.isInteger(id) && id >= 1 && id <= 255;
    if (!isId || caps.has(id)) {
      throw new LocalProtocolError('bad-argument', `${name} needs an id from 1 to 255 of its own, not ${id}`);
    }
    caps.set(id, payloadBytesMax);
  }
  return caps;
}

/** The extension a message belongs to; `undefined` for the handshake, which has the id 0 (BEP 10). */
export function extensionName(message: ExtensionMessage): string | undefined {
  switch (message.type) {
    case 'extended-handshake':
      return undefined;
    case 'metadata':
      return 'ut_metadata';
    case 'pex':
      return 'ut_pex';
    case 'dont-have':
      return 'lt_donthave';
    case 'upload-only':
      return 'upload_only';
    case 'holepunch':
      return 'ut_holepunch';
    case 'extension':
      return message.name;
  }
}

export function encodeExtensionPayload(message: ExtensionMessage): Uint8Array {
  switch (message.type) {
    case 'extended-handshake':
      return encodeExtendedHandshake(message.handshake);
    case 'metadata':
      return encodeMetadataMessage(message.message);
    case 'pex':
      return encodePexMessage(message.message);
    case 'dont-have':
      return encodeDontHave(message.piece);
    case 'upload-only':
      return encodeUploadOnly(message.uploadOnly);
    case 'holepunch':
      return encodeHolepunchMessage(message.message);
    case 'extension':
      return message.payload;
  }
}

/** Throws `payload-malformed`. Without a name it is the handshake; a name that is not ours gives its payload as it is. */
export function parseExtensionPayload(name: string | undefined, payload: Uint8Array): ExtensionEvent {
  switch (name) {
    case undefined:
      return { type: 'extended-handshake', handshake: parseExtendedHandshake(payload) };
    case 'ut_metadata':
      return { type: 'metadata', message: parseMetadataMessage(payload) };
    case 'ut_pex':
      return { type: 'pex', message: parsePexMessage(payload) };
    case 'lt_donthave':
      return { type: 'dont-have', piece: parseDontHave(payload) };
    case 'upload_only':
      return { type: 'upload-only', uploadOnly: parseUploadOnly(payload) };
    case 'ut_holepunch':
      return { type: 'holepunch', message: parseHolepunchMessage(payload) };
    default:
      return { type: 'extension', name, payload };
  }
}
