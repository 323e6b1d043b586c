import { LIMITS } from './limits.js';
import type { BlockSpan, HashRange, Message, MessageType, PieceIndexMessage } from './messages.js';
import type { OddityCode } from './oddities.js';
import type { Side } from './side.js';
import type { Pieces } from './torrent-shape.js';
import type { ViolationCode } from './violations.js';

/** What both handshakes and the torrent have settled. */
export interface Terms {
  readonly fast: boolean;
  readonly extended: boolean;
  readonly dht: boolean;
  readonly v2: boolean;
  readonly pieces: Pieces | undefined;
  readonly blockBytesMax: number;
}

/** What is wrong with a message: a broken rule, or something that may have crossed another message on the way. */
export type Objection = ViolationCode | OddityCode;

/**
 * Where a message may stand. `first`: only while the opening lasts, and it ends it. `anywhere`: says nothing about pieces and so
 * keeps the opening open, since clients send the extended handshake and the DHT port before the bitfield, and a client without
 * metadata knows its bitfield only after it. `later`: ends the opening.
 */
type Place = 'first' | 'anywhere' | 'later';

interface Rule {
  readonly place: Place;
  readonly needs?: 'fast' | 'extended';
}

/** The table for both sides. What it does not decide, `judge` does, below. */
const RULES: Readonly<Record<MessageType, Rule>> = {
  'keep-alive': { place: 'anywhere' },
  choke: { place: 'later' },
  unchoke: { place: 'later' },
  interested: { place: 'later' },
  'not-interested': { place: 'later' },
  have: { place: 'later' },
  bitfield: { place: 'first' },
  request: { place: 'later' },
  piece: { place: 'later' },
  cancel: { place: 'later' },
  port: { place: 'anywhere' },
  suggest: { place: 'later', needs: 'fast' },
  'have-all': { place: 'first', needs: 'fast' },
  'have-none': { place: 'first', needs: 'fast' },
  reject: { place: 'later', needs: 'fast' },
  'allowed-fast': { place: 'later', needs: 'fast' },
  extended: { place: 'anywhere', needs: 'extended' },
  'hash-request': { place: 'later' },
  hashes: { place: 'later' },
  'hash-reject': { place: 'later' },
  unknown: { place: 'anywhere' },
};

/**
 * Whether `sender` may send this message now. The function does not know which side we are: it judges what arrives and, before
 * anything is sent, ourselves.
 */
export function judge(message: Message, sender: Side, receiver: Side, terms: Terms): Objection | undefined {
  switch (message.type) {
    // Nearly all traffic. For these the table has neither a need nor a `first`, so it is not asked: a third faster.
    case 'piece':
      return judgePiece(message.piece, message.begin, message.block.length, receiver, terms);
    case 'have':
      return judgePieceIndex(message, sender, terms);
    case 'request':
      return judgeRequest(message, sender, receiver, terms);
    default:
      return (
        judgeByTable(message, terms) ?? judgeTheRest(message, sender, receiver, terms) ?? judgeLateness(message, sender)
      );
  }
}

/** BEP 6, Have All/Have None: with the fast extension one of the three must come first. Many honest clients forget it. */
export function skipsAvailability(message: Message, sender: Side, terms: Terms): boolean {
  return terms.fast && sender.phase === 'opening' && RULES[message.type].place === 'later';
}

/** Does to both sides what a message without objection does. Gives the requests of `receiver` that it made void. */
export function apply(message: Message, sender: Side, receiver: Side, terms: Terms): readonly BlockSpan[] {
  if (sender.phase === 'opening' && RULES[message.type].place !== 'anywhere') sender.phase = 'steady';
  switch (message.type) {
    case 'piece':
      receiver.requests.delete(message.piece, message.begin, message.block.length);
      return NONE;
    case 'have':
    case 'suggest':
      return notePiece(sender, message.piece);
    case 'allowed-fast':
      sender.allowFast(message.piece);
      return notePiece(sender, message.piece);
    case 'request':
      sender.requests.add(message, terms.pieces!);
      return NONE;
    case 'cancel':
      // BEP 6, Modifications: with it a cancelled request is still answered, by its piece or a reject.
      if (!terms.fast) sender.requests.delete(message.piece, message.begin, message.length);
      return NONE;
    case 'reject':
      if (!receiver.requests.delete(message.piece, message.begin, message.length)) receiver.strayRequestCount--;
      return NONE;
    case 'choke':
      sender.choking = true;
      // BEP 6, Modifications: with it a choke rejects nothing by itself.
      return terms.fast ? NONE : receiver.requests.take(() => true);
    case 'unchoke':
      sender.choking = false;
      return NONE;
    case 'interested':
    case 'not-interested':
      sender.interested = message.type === 'interested';
      return NONE;
    case 'bitfield':
      sender.bitfieldLength = message.bits.length;
      sender.bitfieldLastByte = message.bits.at(-1) ?? 0;
      return NONE;
    default:
      return NONE;
  }
}

/** lt_donthave names a piece: whether there is one (BEP 54). */
export function judgeDontHave(piece: number, terms: Terms): ViolationCode | undefined {
  return piece < (terms.pieces?.count ?? LIMITS.pieceCountMax) ? undefined : 'piece-out-of-range';
}

/** BEP 54, Receiver operation: requests for the piece are void without the fast extension, and rejected one by one with it. */
export function applyDontHave(piece: number, receiver: Side, terms: Terms): readonly BlockSpan[] {
  return terms.fast ? NONE : receiver.requests.take((span) => span.piece === piece);
}

/** What a side said of pieces before the torrent was known, held against the torrent. */
export function judgeEarlierClaims(sender: Side, pieces: Pieces): ViolationCode | undefined {
  if (sender.pieceMax >= pieces.count) return 'piece-out-of-range';
  if (sender.bitfieldLength === undefined) return undefined;
  return pieces.bitfieldBreach(sender.bitfieldLength, sender.bitfieldLastByte);
}

const NONE: readonly BlockSpan[] = [];

function notePiece(sender: Side, piece: number): readonly BlockSpan[] {
  if (piece > sender.pieceMax) sender.pieceMax = piece;
  return NONE;
}

function judgePieceIndex({ type, piece }: PieceIndexMessage, sender: Side, terms: Terms): Objection | undefined {
  if (piece >= (terms.pieces?.count ?? LIMITS.pieceCountMax)) return 'piece-out-of-range';
  if (type !== 'allowed-fast' || sender.allowedFastCount < LIMITS.allowedFastMax) return undefined;
  return sender.allowsFast(piece) ? undefined : 'allowed-fast-over-limit';
}

function judgeByTable(message: Message, terms: Terms): Objection | undefined {
  const { needs } = RULES[message.type];
  return needs !== undefined && !terms[needs] ? `${needs}-not-negotiated` : undefined;
}

/**
 * What a peer has is to be said first and once. But aria2 sends a bitfield, or have-all, in place of many haves: that only adds
 * pieces, and honest it is. Have-none would take them back.
 */
function judgeLateness({ type }: Message, sender: Side): Objection | undefined {
  if (RULES[type].place !== 'first' || sender.phase === 'opening') return undefined;
  return type === 'have-none' ? 'availability-not-first' : 'availability-late';
}

function judgeTheRest(message: Message, sender: Side, receiver: Side, terms: Terms): Objection | undefined {
  switch (message.type) {
    case 'suggest':
    case 'allowed-fast':
      return judgePieceIndex(message, sender, terms);
    case 'cancel':
      return judgeCancel(message, sender, terms);
    case 'reject':
      return judgeReject(message, receiver, terms);
    case 'choke':
    case 'unchoke':
      return sender.choking === (message.type === 'choke') ? 'flag-repeated' : undefined;
    case 'interested':
    case 'not-interested':
      return sender.interested === (message.type === 'interested') ? 'flag-repeated' : undefined;
    case 'bitfield':
      return terms.pieces?.bitfieldBreach(message.bits.length, message.bits.at(-1) ?? 0);
    case 'port':
      return terms.dht ? undefined : 'port-unexpected';
    case 'hash-request':
    case 'hashes':
    case 'hash-reject':
      return judgeHashRange(message, terms);
    default:
      return undefined;
  }
}

function judgeRequest(span: BlockSpan, sender: Side, receiver: Side, terms: Terms): Objection | undefined {
  if (terms.pieces === undefined) return 'request-before-metadata';
  if (span.length > terms.blockBytesMax) return 'request-too-long';
  if (!terms.pieces.mayBeAsked(span.piece, span.begin, span.length)) return 'request-out-of-range';
  if (!sender.interested) return 'request-while-not-interested';
  if (receiver.choking && !receiver.allowsFast(span.piece)) return 'request-while-choked';
  // Without the fast extension a request can be void on one side only, so one of another length takes its place.
  if (
    terms.fast
      ? sender.requests.hasAt(span.piece, span.begin)
      : sender.requests.has(span.piece, span.begin, span.length)
  )
    return 'request-repeated';
  return sender.requests.size < receiver.requestQueue ? undefined : 'request-over-queue';
}

function judgeCancel(span: BlockSpan, sender: Side, terms: Terms): Objection | undefined {
  if (terms.pieces === undefined) return 'cancel-unmatched';
  if (!terms.pieces.mayBeAsked(span.piece, span.begin, span.length)) return 'request-out-of-range';
  return sender.requests.has(span.piece, span.begin, span.length) ? undefined : 'cancel-unmatched';
}

function judgeReject(span: BlockSpan, receiver: Side, terms: Terms): Objection | undefined {
  if (receiver.strayRequestCount > 0) return undefined;
  if (terms.pieces?.mayBeAsked(span.piece, span.begin, span.length) === false) return 'request-out-of-range';
  return receiver.requests.has(span.piece, span.begin, span.length) ? undefined : 'reject-unrequested';
}

function judgePiece(
  piece: number,
  begin: number,
  length: number,
  receiver: Side,
  { pieces, fast }: Terms,
): Objection | undefined {
  if (receiver.requests.has(piece, begin, length)) return undefined;
  if (pieces?.contains(piece, begin, length) === false) return 'block-out-of-range';
  // Without the fast extension nobody can tell: the block may have crossed our cancel, or their choke and unchoke (BEP 3).
  return fast ? 'piece-unrequested' : 'piece-unexpected';
}

function judgeHashRange({ index, length }: HashRange, terms: Terms): Objection | undefined {
  if (!terms.v2) return 'hash-message-unexpected';
  // BEP 52 wants two at least, but libtorrent asks for one where a file has 512 pieces and one: that can be rejected.
  const isPowerOfTwo = length >= 1 && (length & (length - 1)) === 0;
  return isPowerOfTwo && index % length === 0 ? undefined : 'hash-range-invalid';
}
