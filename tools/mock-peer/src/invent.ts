import type { AlterFields, BytesSpec, MessageSpec, NumberSpec } from './behaviour.js';
import type { Bencode } from './bencode.js';
import { concat, EMPTY, fromLatin1, writeU32 } from './bytes.js';
import { bencodeDict, bencodeOf, bytesOf } from './bytes-spec.js';
import { extendedHandshake, extendedIdOf, metadataMessage } from './extension.js';
import { allBits } from './holdings.js';
import { BLOCK_BYTES } from './limits.js';
import type { Link } from './link.js';
import { type HandshakeMessage, type Message, PROTOCOL, pieceOf, RESERVED } from './message.js';
import { pieceLengthOf } from './torrent.js';

/** What symbolic numbers refer to. */
export interface Occasion {
  readonly link: Link;
  /** The message that made the rule fire. */
  readonly subject: Message | undefined;
  /** Which repetition of a `send` this is. */
  readonly round: number;
}

/** The message a description stands for; undefined when the other side never said what is needed to address it. */
export function inventMessage(spec: MessageSpec, occasion: Occasion): Message | undefined {
  const { link } = occasion;
  switch (spec.type) {
    case 'have':
    case 'suggest':
    case 'allowed-fast':
      return { type: spec.type, piece: pieceNumber(spec.piece, occasion) };
    case 'request':
    case 'cancel':
    case 'reject':
      return { type: spec.type, ...blockNumbers(spec, occasion) };
    case 'piece':
      return inventPiece(spec, occasion);
    case 'bitfield':
      return { type: 'bitfield', bits: bitsOf(spec, occasion) };
    case 'handshake':
      return honestHandshake(link);
    case 'port':
      return { type: 'port', port: spec.port };
    case 'unknown':
      return { type: 'unknown', id: spec.id, payload: bytesOf(spec.payload ?? '', link.random) };
    case 'extended':
      return extended(spec.id, undefined, bytesOf(spec.payload ?? '', link.random));
    case 'extended-handshake':
      return spec.fields === undefined
        ? extendedHandshake(link)
        : extended(0, bencodeDict(spec.fields, link.random), EMPTY);
    case 'donthave':
      return addressed('lt_donthave', occasion, undefined, u32Bytes(pieceNumber(spec.piece, occasion)));
    case 'pex':
      return addressed('ut_pex', occasion, bencodeDict(spec.fields, link.random), EMPTY);
    case 'metadata-request':
      return metadataMessage(link, 0, pieceNumber(spec.piece, occasion));
    case 'metadata-reject':
      return metadataMessage(link, 2, pieceNumber(spec.piece, occasion));
    case 'metadata-data': {
      const payload = spec.payload === undefined ? undefined : bytesOf(spec.payload, link.random);
      return metadataMessage(link, 1, pieceNumber(spec.piece, occasion), payload);
    }
    default:
      return { type: spec.type };
  }
}

/** The message with some of its fields changed; those it does not have are passed over. */
export function alterMessage(message: Message, fields: AlterFields, link: Link): Message {
  const occasion: Occasion = { link, subject: message, round: 0 };
  switch (message.type) {
    case 'handshake':
      return alterHandshake(message, fields, link);
    case 'have':
    case 'suggest':
    case 'allowed-fast':
      return { ...message, piece: altered(message.piece, fields.piece, 'piece', occasion) };
    case 'request':
    case 'cancel':
    case 'reject':
      return {
        ...message,
        piece: altered(message.piece, fields.piece, 'piece', occasion),
        begin: altered(message.begin, fields.begin, 'begin', occasion),
        length: altered(message.length, fields.length, 'length', occasion),
      };
    case 'piece': {
      const length = altered(message.block.length, fields.length, 'length', occasion);
      return {
        ...message,
        piece: altered(message.piece, fields.piece, 'piece', occasion),
        begin: altered(message.begin, fields.begin, 'begin', occasion),
        block: resized(message.block, length),
      };
    }
    case 'bitfield':
      return { ...message, bits: bitsOf({ ...fields, bits: fields.bits ?? 'own' }, occasion) };
    case 'extended':
      return { ...message, header: alterHeader(message.header, fields.header ?? {}, link) };
    default:
      return message;
  }
}

/** Our handshake as an honest peer writes it. */
export function honestHandshake(link: Link): HandshakeMessage {
  const { torrent, peerId } = link.options;
  return {
    type: 'handshake',
    protocolLength: 19,
    protocol: PROTOCOL,
    reserved: RESERVED,
    infoHash: torrent.infoHash,
    peerId,
  };
}

function inventPiece(spec: MessageSpec & { readonly type: 'piece' }, occasion: Occasion): Message {
  const { link } = occasion;
  const { piece, begin, length } = blockNumbers(spec, occasion);
  if (spec.block !== undefined) return { type: 'piece', piece, begin, block: bytesOf(spec.block, link.random) };
  const { torrent, content } = link.options;
  const offset = piece * torrent.pieceLength + begin;
  // True bytes where there are any: the content is right and only the message is not.
  const there = Math.max(0, Math.min(length, content.length - offset));
  return { type: 'piece', piece, begin, block: resized(there > 0 ? content.read(offset, there) : EMPTY, length) };
}

interface BlockSpec {
  readonly piece?: NumberSpec;
  readonly begin?: NumberSpec;
  readonly length?: NumberSpec;
}

/** Without anything said: the first block of the first piece, or that of the message at hand. */
function blockNumbers(spec: BlockSpec, occasion: Occasion): { piece: number; begin: number; length: number } {
  const { torrent } = occasion.link.options;
  const usual = occasion.subject !== undefined && 'begin' in occasion.subject ? 'same' : 0;
  const piece = pieceNumber(spec.piece ?? usual, occasion);
  const begin = numberOf(spec.begin ?? usual, 'begin', occasion);
  const rest = piece < torrent.pieceCount ? pieceLengthOf(torrent, piece) - begin : BLOCK_BYTES;
  const length =
    spec.length === undefined ? Math.max(0, Math.min(BLOCK_BYTES, rest)) : numberOf(spec.length, 'length', occasion);
  return { piece, begin, length };
}

type Field = 'piece' | 'begin' | 'length';

function pieceNumber(spec: NumberSpec, occasion: Occasion): number {
  return numberOf(spec, 'piece', occasion);
}

function numberOf(spec: NumberSpec, field: Field, { link, subject, round }: Occasion): number {
  if (typeof spec === 'number') return spec;
  const { torrent } = link.options;
  const bounds = {
    piece: torrent.pieceCount,
    begin: Math.ceil(torrent.pieceLength / BLOCK_BYTES),
    length: BLOCK_BYTES,
  };
  const unit = field === 'begin' ? BLOCK_BYTES : 1;
  switch (spec) {
    case 'first':
      return 0;
    case 'last':
      return (bounds[field] - 1) * unit;
    case 'count':
      return field === 'piece' ? bounds.piece : torrent.pieceLength;
    case 'max':
      return 0xffff_ffff;
    case 'random':
      return link.random.below(bounds[field]) * unit;
    case 'each':
      return (round % bounds[field]) * unit;
    case 'same':
      return sameNumber(subject, field);
  }
}

function sameNumber(subject: Message | undefined, field: Field): number {
  if (subject === undefined) return 0;
  if (field === 'piece') return pieceOf(subject) ?? 0;
  if (field === 'begin') return 'begin' in subject ? subject.begin : 0;
  if (subject.type === 'piece') return subject.block.length;
  return 'length' in subject ? subject.length : 0;
}

function altered(
  value: number,
  spec: NumberSpec | { readonly add: number } | undefined,
  field: Field,
  occasion: Occasion,
): number {
  if (spec === undefined) return value;
  return typeof spec === 'object' ? value + spec.add : numberOf(spec, field, occasion);
}

function bitsOf(
  spec: { readonly bits?: 'own' | 'all' | 'none' | BytesSpec; readonly spare?: boolean; readonly extra?: number },
  { link }: Occasion,
): Uint8Array {
  const { holdings, torrent } = link.options;
  let bits: Uint8Array;
  if (spec.bits === undefined || spec.bits === 'own') bits = holdings.bits.slice();
  else if (spec.bits === 'all') bits = allBits(torrent.pieceCount);
  else if (spec.bits === 'none') bits = new Uint8Array(holdings.bits.length);
  else bits = bytesOf(spec.bits, link.random).slice();
  const spareBits = bits.length * 8 - torrent.pieceCount;
  if (spec.spare === true && spareBits > 0 && bits.length > 0)
    bits[bits.length - 1]! |= 2 ** Math.min(8, spareBits) - 1;
  return resized(bits, Math.max(0, bits.length + (spec.extra ?? 0)));
}

function alterHandshake(message: HandshakeMessage, fields: AlterFields, link: Link): HandshakeMessage {
  const protocol = fields.protocol === undefined ? message.protocol : bytesOf(fields.protocol, link.random);
  const theirs = link.theirs?.peerId ?? message.peerId;
  return {
    ...message,
    protocol,
    protocolLength: fields.protocolLength ?? protocol.length,
    reserved: fields.reserved === undefined ? message.reserved : bytesOf(fields.reserved, link.random),
    infoHash: fields.infoHash === undefined ? message.infoHash : bytesOf(fields.infoHash, link.random),
    peerId:
      fields.peerId === undefined
        ? message.peerId
        : fields.peerId === 'theirs'
          ? theirs
          : bytesOf(fields.peerId, link.random),
  };
}

function alterHeader(
  header: ReadonlyMap<string, Bencode> | undefined,
  fields: NonNullable<AlterFields['header']>,
  link: Link,
): ReadonlyMap<string, Bencode> {
  const changed = new Map(header ?? []);
  for (const [key, value] of Object.entries(fields)) {
    if (value === null) changed.delete(key);
    else changed.set(key, bencodeOf(value, link.random));
  }
  return changed;
}

function addressed(
  extension: string,
  { link }: Occasion,
  header: ReadonlyMap<string, Bencode> | undefined,
  payload: Uint8Array,
): Message | undefined {
  const id = extendedIdOf(link, extension);
  return id === undefined ? undefined : extended(id, header, payload);
}

function extended(id: number, header: ReadonlyMap<string, Bencode> | undefined, payload: Uint8Array): Message {
  return { type: 'extended', kind: id === 0 ? 'extended-handshake' : 'extended', id, header, payload };
}

function resized(bytes: Uint8Array, length: number): Uint8Array {
  if (length <= bytes.length) return bytes.subarray(0, length);
  return concat([bytes, new Uint8Array(length - bytes.length)]);
}

function u32Bytes(value: number): Uint8Array {
  const bytes = fromLatin1('....');
  writeU32(bytes, 0, value);
  return bytes;
}
