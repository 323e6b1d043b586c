import { type Bencode, readBencode, writeBencode } from './bencode.js';
import { concat, EMPTY, fromLatin1, latin1, readU32, writeU32 } from './bytes.js';

/** A message of either direction, the handshake included. Numbers are whatever stands on the wire. */
export type Message =
  | HandshakeMessage
  | { readonly type: 'keep-alive' | 'choke' | 'unchoke' | 'interested' | 'not-interested' | 'have-all' | 'have-none' }
  | { readonly type: 'have' | 'suggest' | 'allowed-fast'; readonly piece: number }
  | { readonly type: 'bitfield'; readonly bits: Uint8Array }
  | {
      readonly type: 'request' | 'cancel' | 'reject';
      readonly piece: number;
      readonly begin: number;
      readonly length: number;
    }
  | PieceMessage
  | { readonly type: 'port'; readonly port: number }
  | ExtendedMessage
  | { readonly type: 'unknown' | 'malformed'; readonly id: number; readonly payload: Uint8Array };

/** BEP 3's 68 bytes; `protocol` is as long as `protocolLength` says only when nobody lies. */
export interface HandshakeMessage {
  readonly type: 'handshake';
  readonly protocolLength: number;
  readonly protocol: Uint8Array;
  readonly reserved: Uint8Array;
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
}

/** One block. */
export interface PieceMessage {
  readonly type: 'piece';
  readonly piece: number;
  readonly begin: number;
  readonly block: Uint8Array;
}

/** BEP 10: a bencoded header when there is one, and what follows it. */
export interface ExtendedMessage {
  readonly type: 'extended';
  readonly kind: ExtendedKind;
  readonly id: number;
  readonly header: ReadonlyMap<string, Bencode> | undefined;
  readonly payload: Uint8Array;
}

/** What an extended message is about, once its id is known; `extended` when it is not. */
export type ExtendedKind = (typeof EXTENDED_KINDS)[number];

/**
 * The names that `when.message` and the transcript use.
 *
 * @example
 * checkBehaviour({ rules: [{ when: { on: 'send', message: ['bitfield', 'have-all'] }, do: { type: 'drop' } }] });
 */
export type MessageName = (typeof FRAMED_NAMES)[number] | ExtendedKind;

/** Extensions spoken here, under the ids announced in our extended handshake. */
export const OUR_EXTENSIONS: ReadonlyMap<number, string> = new Map([
  [1, 'ut_pex'],
  [2, 'ut_metadata'],
  [3, 'lt_donthave'],
]);

const EXTENDED_KINDS = [
  'extended-handshake',
  'metadata-request',
  'metadata-data',
  'metadata-reject',
  'pex',
  'donthave',
  'extended',
] as const;

const MESSAGE_IDS = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  'not-interested': 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  'have-all': 14,
  'have-none': 15,
  reject: 16,
  'allowed-fast': 17,
  extended: 20,
} as const;

const FRAMED_NAMES = [
  'handshake',
  'keep-alive',
  'choke',
  'unchoke',
  'interested',
  'not-interested',
  'have',
  'bitfield',
  'request',
  'piece',
  'cancel',
  'port',
  'suggest',
  'have-all',
  'have-none',
  'reject',
  'allowed-fast',
  'unknown',
  'malformed',
] as const;

export const MESSAGE_NAMES: readonly MessageName[] = [...FRAMED_NAMES, ...EXTENDED_KINDS];

export function nameOf(message: Message): MessageName {
  return message.type === 'extended' ? message.kind : message.type;
}

/** The piece a message speaks of, metadata pieces included. */
export function pieceOf(message: Message): number | undefined {
  if ('piece' in message) return message.piece;
  if (message.type !== 'extended') return undefined;
  if (message.kind === 'donthave' && message.payload.length >= 4) return readU32(message.payload, 0);
  const piece = message.header?.get('piece');
  return typeof piece === 'number' ? piece : undefined;
}

/** The whole frame, in chunks so that a block is not copied. */
export function encodeMessage(message: Message): readonly Uint8Array[] {
  switch (message.type) {
    case 'handshake':
      return [handshakeBytes(message)];
    case 'keep-alive':
      return [new Uint8Array(4)];
    case 'have':
    case 'suggest':
    case 'allowed-fast':
      return [withNumbers(MESSAGE_IDS[message.type], [message.piece], 0)];
    case 'request':
    case 'cancel':
    case 'reject':
      return [withNumbers(MESSAGE_IDS[message.type], [message.piece, message.begin, message.length], 0)];
    case 'piece':
      return [withNumbers(MESSAGE_IDS.piece, [message.piece, message.begin], message.block.length), message.block];
    case 'bitfield':
      return [withNumbers(MESSAGE_IDS.bitfield, [], message.bits.length), message.bits];
    case 'port':
      return [Uint8Array.of(0, 0, 0, 3, MESSAGE_IDS.port, message.port >>> 8, message.port)];
    case 'extended': {
      const body = [Uint8Array.of(message.id), ...headerBytes(message.header), message.payload];
      const length = body.reduce((sum, chunk) => sum + chunk.length, 0);
      return [withNumbers(MESSAGE_IDS.extended, [], length), ...body];
    }
    case 'unknown':
    case 'malformed':
      return [withNumbers(message.id, [], message.payload.length), message.payload];
    default:
      return [withNumbers(MESSAGE_IDS[message.type], [], 0)];
  }
}

/** Reads one frame (without its length prefix). `extensions` are those of the side that receives it. */
export function decodeMessage(frame: Uint8Array, extensions: ReadonlyMap<number, string>): Message {
  if (frame.length === 0) return { type: 'keep-alive' };
  const id = frame[0]!;
  const payload = frame.subarray(1);
  const type = TYPES_BY_ID.get(id);
  if (type === undefined) return { type: 'unknown', id, payload };
  const wanted = PAYLOAD_BYTES[type] ?? 0;
  const isOpenEnded = type === 'piece' || type === 'bitfield' || type === 'extended';
  if (isOpenEnded ? payload.length < wanted : payload.length !== wanted) return { type: 'malformed', id, payload };
  switch (type) {
    case 'have':
    case 'suggest':
    case 'allowed-fast':
      return { type, piece: readU32(payload, 0) };
    case 'request':
    case 'cancel':
    case 'reject':
      return { type, piece: readU32(payload, 0), begin: readU32(payload, 4), length: readU32(payload, 8) };
    case 'piece':
      return { type, piece: readU32(payload, 0), begin: readU32(payload, 4), block: payload.subarray(8) };
    case 'bitfield':
      return { type, bits: payload };
    case 'port':
      return { type, port: (payload[0]! << 8) | payload[1]! };
    case 'extended':
      return decodeExtended(payload[0]!, payload.subarray(1), extensions);
    default:
      return { type };
  }
}

/** Reads a complete handshake of a protocol name of any length. */
export function decodeHandshake(bytes: Uint8Array): HandshakeMessage {
  const protocolLength = bytes[0]!;
  const at = 1 + protocolLength;
  return {
    type: 'handshake',
    protocolLength,
    protocol: bytes.slice(1, at),
    reserved: bytes.slice(at, at + 8),
    infoHash: bytes.slice(at + 8, at + 28),
    peerId: bytes.slice(at + 28, at + 48),
  };
}

type FramedType = keyof typeof MESSAGE_IDS;

const TYPES_BY_ID = new Map(Object.entries(MESSAGE_IDS).map(([type, id]) => [id as number, type as FramedType]));

const PAYLOAD_BYTES: Partial<Record<FramedType, number>> = {
  have: 4,
  suggest: 4,
  'allowed-fast': 4,
  request: 12,
  cancel: 12,
  reject: 12,
  piece: 8,
  port: 2,
  extended: 1,
};

/** Prefix, id and 32-bit numbers of a frame that goes on for `tailLength` bytes. */
function withNumbers(id: number, numbers: readonly number[], tailLength: number): Uint8Array {
  const bytes = new Uint8Array(5 + 4 * numbers.length);
  writeU32(bytes, 0, 1 + 4 * numbers.length + tailLength);
  bytes[4] = id;
  for (let i = 0; i < numbers.length; i++) writeU32(bytes, 5 + 4 * i, numbers[i]!);
  return bytes;
}

function handshakeBytes(message: HandshakeMessage): Uint8Array {
  return concat([
    Uint8Array.of(message.protocolLength),
    message.protocol,
    message.reserved,
    message.infoHash,
    message.peerId,
  ]);
}

function headerBytes(header: ReadonlyMap<string, Bencode> | undefined): readonly Uint8Array[] {
  return header === undefined ? [] : [writeBencode(header)];
}

function decodeExtended(id: number, body: Uint8Array, extensions: ReadonlyMap<number, string>): ExtendedMessage {
  const name = id === 0 ? 'handshake' : extensions.get(id);
  if (name === 'lt_donthave') return { type: 'extended', kind: 'donthave', id, header: undefined, payload: body };
  const parsed = tryRead(body);
  if (parsed === undefined) return { type: 'extended', kind: 'extended', id, header: undefined, payload: body };
  const { header, end } = parsed;
  return { type: 'extended', kind: kindOf(name, header), id, header, payload: body.subarray(end) };
}

function kindOf(name: string | undefined, header: ReadonlyMap<string, Bencode>): ExtendedKind {
  if (name === 'handshake') return 'extended-handshake';
  if (name === 'ut_pex') return 'pex';
  if (name !== 'ut_metadata') return 'extended';
  const kinds = ['metadata-request', 'metadata-data', 'metadata-reject'] as const;
  return kinds[Number(header.get('msg_type'))] ?? 'extended';
}

function tryRead(body: Uint8Array): { header: ReadonlyMap<string, Bencode>; end: number } | undefined {
  try {
    const { value, end } = readBencode(body);
    return value instanceof Map ? { header: value, end } : undefined;
  } catch {
    // Not bencode: the message keeps its bytes and the kind `extended`, which is all a receiver can know about it.
    return undefined;
  }
}

export const PROTOCOL: Uint8Array = fromLatin1('BitTorrent protocol');

/** Byte 5 bit 0x10: BEP 10. Byte 7 bit 0x04: BEP 6. */
export const RESERVED: Uint8Array = Uint8Array.of(0, 0, 0, 0, 0, 0x10, 0, 0x04);

export function offersExtensions(reserved: Uint8Array): boolean {
  return ((reserved[5] ?? 0) & 0x10) !== 0;
}

export function offersFast(reserved: Uint8Array): boolean {
  return ((reserved[7] ?? 0) & 0x04) !== 0;
}

/** What a log shows of a message: plain JSON, blocks by their length, long payloads by their beginning. */
export function describeMessage(message: Message): {
  readonly message: MessageName;
  readonly [field: string]: unknown;
} {
  const { type, ...rest } = message;
  const fields = type === 'extended' ? { ...rest, kind: undefined } : rest;
  return { message: nameOf(message), ...(plain(fields) as Record<string, unknown>) };
}

const SHOWN_BYTES_MAX = 64;

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return plainBytes(value);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

function plainBytes(bytes: Uint8Array): unknown {
  if (bytes.length > SHOWN_BYTES_MAX) return { bytes: bytes.length, begins: hexOf(bytes.subarray(0, 16)) };
  const text = latin1(bytes);
  return /^[\x20-\x7e]+$/.test(text) ? text : hexOf(bytes);
}

function hexOf(bytes: Uint8Array): string {
  return bytes === EMPTY ? '' : Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
