import { encodeMessage, writeBlockMessage, writeHave, writePieceHeader } from './encode-message.js';
import { LocalProtocolError, RemoteProtocolError } from './errors.js';
import { type ExtendedMessage, ExtensionChannel } from './extension-channel.js';
import {
  capsOf,
  EXTENSIONS,
  type ExtensionMessage,
  type ExtensionOffer,
  isExtensionMessage,
} from './extensions/extension.js';
import { FrameDecoder } from './frame-decoder.js';
import {
  encodeHandshake,
  encodeReserved,
  type Handshake,
  HandshakeDecoder,
  type Offers,
  parseReserved,
} from './handshake.js';
import {
  apply,
  applyDontHave,
  judge,
  judgeDontHave,
  judgeEarlierClaims,
  type Objection,
  skipsAvailability,
  type Terms,
} from './legality.js';
import { LIMITS } from './limits.js';
import type { LinkEvent } from './link-event.js';
import type { BlockMessage, BlockSpan, Message, PieceIndexMessage, PieceMessage } from './messages.js';
import { ODDITIES } from './oddities.js';
import { Side, type SideState } from './side.js';
import { Pieces, type TorrentShape } from './torrent-shape.js';
import { VIOLATIONS, type ViolationCode } from './violations.js';

/** What a link is about, and what we offer on it. */
export interface LinkOptions {
  readonly infoHash: Uint8Array;
  /** Of a hybrid torrent: the other of its info-hashes (v1, or v2 cut to 20 bytes), which a peer may use as well (BEP 52, upgrade path). */
  readonly upgradedInfoHash?: Uint8Array;
  /** Ours. */
  readonly peerId: Uint8Array;
  /** The peer's, if its source promised one. */
  readonly expectedPeerId?: Uint8Array;
  /** Once it is known; otherwise see `learnTorrent`. */
  readonly torrent?: TorrentShape;
  /** `fast` and `extended` unless told otherwise. */
  readonly offers?: Partial<Offers>;
  /** Extensions for `m` (BEP 10): all of `EXTENSIONS` unless told otherwise. */
  readonly extensions?: readonly ExtensionOffer[];
  /** Longest block to ask for, to take and to be asked for: 16 KiB unless raised. */
  readonly blockBytesMax?: number;
  /** Unanswered requests that we keep for the peer (`reqq`, BEP 10): told in our extended handshake, unless that tells of fewer. */
  readonly requestQueue?: number;
}

const NO_EVENTS: readonly LinkEvent[] = Object.freeze([]);
/** What a transfer consists of; none of them makes requests void. */
type HotMessage = PieceMessage | PieceIndexMessage | BlockMessage;

const NO_BYTES = new Uint8Array(0);

/**
 * One connection, without the connection: bytes in, events out, commands in, bytes out. It keeps what both sides may do, holds
 * the peer to it, and us as well. It knows nothing of sockets or time and never throws on what arrives.
 *
 * @example
 * ```ts
 * import { PeerLink } from '@unchoke/wire';
 *
 * const infoHash = new Uint8Array(20).fill(0xaa);
 * const torrent = { totalLength: 100_000, pieceLength: 32_768 };
 * const us = new PeerLink({ infoHash, torrent, peerId: new Uint8Array(20).fill(1) });
 * const peer = new PeerLink({ infoHash, torrent, peerId: new Uint8Array(20).fill(2) });
 * peer.receive(us.greet());
 * us.receive(peer.greet());
 * const [event] = us.receive(peer.send({ type: 'have-all' }));
 * console.assert(event?.type === 'have-all');
 * ```
 */
export class PeerLink {
  readonly #options: LinkOptions;
  readonly #channel: ExtensionChannel;
  readonly #decoder: FrameDecoder;
  #handshakeDecoder: HandshakeDecoder | undefined = new HandshakeDecoder();
  readonly #local = new Side();
  readonly #remote = new Side();
  #terms: Terms;

  constructor(options: LinkOptions) {
    this.#options = options;
    const offers = options.extensions ?? EXTENSIONS;
    this.#channel = new ExtensionChannel(offers, options.requestQueue);
    const blockBytesMax = Math.min(options.blockBytesMax ?? LIMITS.blockBytesMax, LIMITS.blockBytesCeiling);
    const pieces = options.torrent === undefined ? undefined : new Pieces(options.torrent);
    this.#terms = { fast: false, extended: false, dht: false, v2: false, pieces, blockBytesMax };
    const extendedBytesMax = capsOf(offers);
    const pieceCount = pieces === undefined ? {} : { pieceCount: pieces.count };
    this.#decoder = new FrameDecoder({ ...pieceCount, blockBytesMax, extendedBytesMax });
  }

  /** Our side. */
  get local(): SideState {
    return this.#local;
  }

  /** The peer's side. */
  get remote(): SideState {
    return this.#remote;
  }

  /** Whether both handshakes offered the fast extension: what a choke and a cancel mean depends on it. */
  get isFast(): boolean {
    return this.#terms.fast;
  }

  /** Whether both handshakes offered the extension protocol. */
  get isExtended(): boolean {
    return this.#terms.extended;
  }

  /** How many more requests the peer takes now (`reqq`, BEP 10). */
  get requestRoom(): number {
    return Math.max(0, this.#remote.requestQueue - this.#local.requestCount);
  }

  /** Bytes that are held because their message or handshake is not complete. */
  get heldBytes(): number {
    return (this.#handshakeDecoder?.heldBytes ?? 0) + this.#decoder.heldBytes;
  }

  /** Our handshake: the first bytes to send. */
  greet(): Uint8Array {
    if (this.#local.phase === 'closed') throw new LocalProtocolError('link-closed', 'this link is closed');
    if (this.#local.phase !== 'greeting')
      throw new LocalProtocolError('already-greeted', 'our handshake was sent before');
    const reserved = encodeReserved({ fast: true, extended: true, ...this.#options.offers });
    const { infoHash, peerId } = this.#options;
    const bytes = encodeHandshake({ reserved, infoHash, peerId });
    this.#local.offers = parseReserved(reserved);
    this.#local.phase = 'opening';
    return bytes;
  }

  /**
   * Takes bytes from the peer, cut anywhere. When the last event is `protocol-violated` the link is closed already: look there
   * before answering the events before it.
   */
  receive(chunk: Uint8Array): readonly LinkEvent[] {
    if (this.#remote.phase === 'closed') return NO_EVENTS;
    const greeting: LinkEvent[] = [];
    const rest =
      this.#handshakeDecoder === undefined ? chunk : this.#takeHandshake(this.#handshakeDecoder, chunk, greeting);
    if (this.#handshakeDecoder !== undefined || this.#isClosed()) return greeting;

    const messages = this.#decoder.push(rest);
    const { violation } = this.#decoder;
    const hotCount = this.#takeHot(messages);
    const isAll = hotCount === messages.length && violation === undefined && greeting.length === 0;
    // Most chunks of a transfer: the messages are the events, and no second list is made.
    if (isAll) return messages as readonly HotMessage[];
    const events = [...greeting, ...(messages.slice(0, hotCount) as readonly HotMessage[])];
    for (let index = hotCount; index < messages.length; index++) {
      this.#take(messages[index]!, events);
      if (this.#isClosed()) return events;
    }
    if (violation !== undefined) this.#violate(violation, events);
    return events;
  }

  /**
   * Takes a handshake that was read elsewhere: by whoever listens and had to find the torrent first. What followed it goes
   * through `receive`.
   */
  receiveHandshake(handshake: Handshake): readonly LinkEvent[] {
    if (this.#isClosed()) return NO_EVENTS;
    if (this.#handshakeDecoder === undefined || this.#handshakeDecoder.heldBytes > 0) {
      throw new LocalProtocolError('already-greeted', 'the handshake of the peer has begun to arrive in bytes');
    }
    const events: LinkEvent[] = [];
    this.#meet(handshake, events);
    return events;
  }

  /**
   * The bytes of one message of ours, or of an extended message by name.
   *
   * @throws {LocalProtocolError} when the peer could accuse us of it. Nothing has changed then.
   */
  send(message: Message | ExtensionMessage): Uint8Array {
    if (isExtensionMessage(message)) return this.#sendExtension(message);
    this.#checkOurs(message);
    const bytes = encodeMessage(message);
    apply(message, this.#local, this.#remote, this.#terms);
    return bytes;
  }

  /**
   * `send` for what is sent often, into your own buffer at `offset`; gives where the next message goes. Of a piece only the 13
   * bytes before the block are written: the block itself you send after them, from where it lies.
   *
   * @throws {LocalProtocolError} as `send`, and when there is no room.
   */
  sendInto(
    message: BlockMessage | PieceMessage | { readonly type: 'have'; readonly piece: number },
    target: Uint8Array,
    offset: number,
  ): number {
    this.#checkOurs(message);
    const end =
      message.type === 'have'
        ? writeHave(message.piece, target, offset)
        : message.type === 'piece'
          ? writePieceHeader(message.piece, message.begin, message.block.length, target, offset)
          : writeBlockMessage(message, target, offset);
    apply(message, this.#local, this.#remote, this.#terms);
    return end;
  }

  /**
   * Forgets a request of the peer that will not be answered, where that is allowed: without the fast extension.
   *
   * @throws {LocalProtocolError} `must-reject` with the fast extension: send a reject then.
   */
  drop({ piece, begin, length }: BlockSpan): void {
    if (this.#terms.fast)
      throw new LocalProtocolError('must-reject', 'with the fast extension every request is answered: send a reject');
    this.#remote.requests.delete(piece, begin, length);
  }

  /**
   * Tells what the torrent is, once its metadata came from peers (BEP 9). Gives a `protocol-violated` event if something the
   * peer claimed before cannot be.
   */
  learnTorrent(torrent: TorrentShape): readonly LinkEvent[] {
    if (this.#terms.pieces !== undefined)
      throw new LocalProtocolError('torrent-known', 'the torrent of this link is known already');
    const pieces = new Pieces(torrent);
    this.#terms = { ...this.#terms, pieces };
    this.#decoder.learnPieceCount(pieces.count);
    const breach = this.#isClosed() ? undefined : judgeEarlierClaims(this.#remote, pieces);
    if (breach === undefined) return NO_EVENTS;
    const events: LinkEvent[] = [];
    this.#violate(new RemoteProtocolError(breach, 'a claim made before the metadata was known'), events);
    return events;
  }

  /** Ends the link: whatever still arrives is ignored. */
  close(): void {
    this.#local.phase = 'closed';
    this.#remote.phase = 'closed';
  }

  #isClosed(): boolean {
    return this.#remote.phase === 'closed';
  }

  #meet(handshake: Handshake, events: LinkEvent[]): void {
    this.#handshakeDecoder = undefined;
    const { infoHash, upgradedInfoHash, peerId, expectedPeerId } = this.#options;
    if (!sameBytes(handshake.infoHash, infoHash) && !sameBytes(handshake.infoHash, upgradedInfoHash)) {
      this.#violate(new RemoteProtocolError('wrong-info-hash', 'the handshake is about another torrent'), events);
      return;
    }
    const offers = parseReserved(handshake.reserved);
    const ours = { fast: true, extended: true, dht: false, v2: false, ...this.#options.offers };
    this.#remote.offers = offers;
    this.#remote.phase = 'opening';
    this.#terms = {
      ...this.#terms,
      fast: ours.fast && offers.fast,
      extended: ours.extended && offers.extended,
      dht: ours.dht && offers.dht,
      // BEP 52 does not ask for the bit where the v2 info-hash was used, so only our own offer counts.
      v2: ours.v2,
    };
    events.push({ type: 'handshake-received', handshake, offers });
    if (sameBytes(handshake.peerId, peerId)) events.push({ type: 'oddity-noticed', oddity: 'own-peer-id' });
    else if (expectedPeerId !== undefined && !sameBytes(handshake.peerId, expectedPeerId)) {
      events.push({ type: 'oddity-noticed', oddity: 'peer-id-mismatch' });
    }
  }

  /** Gives what follows the handshake in the chunk, once it is complete and about our torrent. */
  #takeHandshake(decoder: HandshakeDecoder, chunk: Uint8Array, events: LinkEvent[]): Uint8Array {
    const rest = chunk.subarray(decoder.push(chunk));
    if (decoder.violation !== undefined) this.#violate(decoder.violation, events);
    else if (decoder.handshake !== undefined) this.#meet(decoder.handshake, events);
    return rest;
  }

  /** Takes those messages at the beginning that are hot and in order, each its own only event. Says how many. */
  #takeHot(messages: readonly Message[]): number {
    const remote = this.#remote;
    const local = this.#local;
    const terms = this.#terms;
    for (let index = 0; index < messages.length; index++) {
      const message = messages[index]!;
      const isHot = message.type === 'have' || message.type === 'piece' || message.type === 'request';
      if (!isHot || judge(message, remote, local, terms) !== undefined) return index;
      if (skipsAvailability(message, remote, terms)) return index;
      apply(message, remote, local, terms);
    }
    return messages.length;
  }

  #take(message: Message, events: LinkEvent[]): void {
    const objection = judge(message, this.#remote, this.#local, this.#terms);
    if (objection !== undefined) {
      this.#object(objection, message, events);
      return;
    }
    if (skipsAvailability(message, this.#remote, this.#terms)) {
      events.push({ type: 'oddity-noticed', oddity: 'availability-missing', message });
    }
    const dropped = apply(message, this.#remote, this.#local, this.#terms);
    if (message.type === 'extended') this.#takeExtended(message, events);
    else events.push(message);
    if (dropped.length > 0) events.push({ type: 'requests-dropped', requests: dropped });
  }

  #takeExtended(message: ExtendedMessage, events: LinkEvent[]): void {
    const event = this.#channel.read(message, this.#remote);
    const isBroken = typeof event === 'string';
    const objection = isBroken
      ? event
      : event.type === 'dont-have'
        ? judgeDontHave(event.piece, this.#terms)
        : undefined;
    if (isBroken || objection !== undefined) {
      this.#object(objection!, message, events);
      return;
    }
    events.push(event);
    const dropped = event.type === 'dont-have' ? applyDontHave(event.piece, this.#local, this.#terms) : [];
    if (dropped.length > 0) events.push({ type: 'requests-dropped', requests: dropped });
  }

  #object(objection: Objection, message: Message, events: LinkEvent[]): void {
    if (isViolation(objection)) {
      const problem = `${message.type}${numbersOf(message)}: ${VIOLATIONS[objection].meaning}`;
      this.#violate(new RemoteProtocolError(objection, problem), events);
      return;
    }
    if (message.type === 'request') this.#remote.strayRequestCount++;
    events.push({ type: 'oddity-noticed', oddity: objection, message });
  }

  #violate(error: RemoteProtocolError, events: LinkEvent[]): void {
    this.close();
    events.push({ type: 'protocol-violated', error });
  }

  #sendExtension(message: ExtensionMessage): Uint8Array {
    this.#checkOurs({ type: 'extended', id: 0, payload: NO_BYTES });
    const breach = message.type === 'dont-have' ? judgeDontHave(message.piece, this.#terms) : undefined;
    if (breach !== undefined) throw new LocalProtocolError(breach, VIOLATIONS[breach].meaning);
    const bytes = encodeMessage(this.#channel.send(message, this.#local, this.#remote));
    if (message.type === 'dont-have') applyDontHave(message.piece, this.#remote, this.#terms);
    return bytes;
  }

  #checkOurs(message: Message): void {
    const { phase } = this.#local;
    if (phase === 'closed') throw new LocalProtocolError('link-closed', `${message.type} on a closed link`);
    if (phase === 'greeting' || this.#remote.phase === 'greeting') {
      throw new LocalProtocolError(
        'not-greeted',
        `${message.type} before both handshakes: only they settle what may be sent`,
      );
    }
    if (skipsAvailability(message, this.#local, this.#terms)) {
      throw new LocalProtocolError(
        'availability-missing',
        `${message.type} before bitfield, have-all or have-none (BEP 6)`,
      );
    }
    const objection = judge(message, this.#local, this.#remote, this.#terms);
    if (objection === undefined) return;
    const meaning = isViolation(objection) ? VIOLATIONS[objection].meaning : ODDITIES[objection];
    throw new LocalProtocolError(objection, `${message.type}${numbersOf(message)}: ${meaning}`);
  }
}

function isViolation(objection: Objection): objection is ViolationCode {
  return objection in VIOLATIONS;
}

function numbersOf(message: Message): string {
  const numbers = Object.values(message).filter((value) => typeof value === 'number');
  return numbers.length === 0 ? '' : ` (${numbers.join(', ')})`;
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((byte, index) => byte === b[index]);
}
