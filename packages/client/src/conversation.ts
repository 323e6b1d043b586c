import { Bitfield, type PieceIndex } from '@unchoke/pieces';
import type { LinkEvent, Message } from '@unchoke/wire';
import type { Connections } from './connections.js';
import type { Downloads } from './downloads.js';
import type { PeerKey } from './events.js';
import type { Extensions } from './extensions.js';
import type { HashFetch } from './hash-fetch.js';
import type { HashShare } from './hash-share.js';
import type { Peer } from './peer.js';
import type { Scene } from './scene.js';
import type { Uploads } from './uploads.js';

/** What a peer says of its own wishes: neither our interest nor what we could ask for changes by it. */
const WISHES: ReadonlySet<LinkEvent['type']> = new Set([
  'request',
  'cancel',
  'interested',
  'not-interested',
  'keep-alive',
]);

/** What peers say, and what follows from it. */
export class Conversation {
  readonly #scene: Scene;
  readonly #connections: Connections;
  readonly #downloads: Downloads;
  readonly #uploads: Uploads;
  readonly #extensions: Extensions;
  readonly #hashes: HashShare;
  readonly #hashFetch: HashFetch;

  constructor(
    scene: Scene,
    connections: Connections,
    downloads: Downloads,
    uploads: Uploads,
    extensions: Extensions,
    hashes: HashShare,
    hashFetch: HashFetch,
  ) {
    this.#scene = scene;
    this.#connections = connections;
    this.#downloads = downloads;
    this.#uploads = uploads;
    this.#extensions = extensions;
    this.#hashes = hashes;
    this.#hashFetch = hashFetch;
  }

  /** What the link made of the bytes that came. */
  take(key: PeerKey, events: readonly LinkEvent[]): void {
    const peer = this.#scene.peers.get(key);
    if (peer === undefined || events.length === 0) return;
    const last = events.at(-1);
    // What came before a violation is not answered: the link is closed already.
    if (last?.type === 'protocol-violated') {
      this.#condemn(peer, last.error.code, last.error.message);
      return;
    }
    let isOursToAnswer = false;
    for (const event of events) {
      if (this.#scene.isDoomed(peer)) return;
      this.#takeLinkEvent(peer, event);
      isOursToAnswer ||= !WISHES.has(event.type);
    }
    if (isOursToAnswer) this.#downloads.goOn(peer);
  }

  #takeLinkEvent(peer: Peer, event: LinkEvent): void {
    const isOpening = this.#takeOpening(peer, event);
    if (isOpening) return;
    if (!peer.isJoined) this.#join(peer, 'nothing');
    this.#takeMessage(peer, event);
  }

  /** What can come before a peer has said what it has. */
  #takeOpening(peer: Peer, event: LinkEvent): boolean {
    switch (event.type) {
      case 'handshake-received':
        this.#connections.greeted(peer, event.handshake);
        if (this.#scene.isDoomed(peer)) return true;
        this.#extensions.greet(peer);
        this.#hashFetch.meet(peer, event.handshake);
        return true;
      case 'bitfield':
        this.#join(peer, Bitfield.fromWire(event.bits, this.#scene.geometry.pieceCount) ?? 'nothing');
        return true;
      case 'have-all':
        this.#join(peer, 'everything');
        return true;
      case 'have-none':
        this.#join(peer, 'nothing');
        return true;
      case 'oddity-noticed':
        this.#notice(peer, event);
        return true;
      default:
        return this.#extensions.take(peer, event);
    }
  }

  #takeMessage(peer: Peer, event: LinkEvent): void {
    const { geometry, picker } = this.#scene;
    switch (event.type) {
      case 'have':
        this.#learnOfPieces(peer, [geometry.pieceAt(event.piece)!]);
        break;
      case 'choke':
        picker.peerChoked(peer.key);
        break;
      case 'unchoke':
        picker.peerUnchoked(peer.key);
        break;
      case 'interested':
        this.#uploads.fillFreeSlot(peer);
        break;
      case 'not-interested':
        this.#uploads.passSlotOn(peer);
        break;
      case 'request':
        this.#uploads.request(peer, event);
        break;
      case 'cancel':
        this.#uploads.cancel(peer, event);
        break;
      case 'piece':
        this.#downloads.takeBlock(peer, event);
        break;
      case 'reject':
        this.#downloads.reject(peer, event);
        break;
      case 'requests-dropped':
        this.#downloads.release(peer, event.requests);
        break;
      case 'allowed-fast':
        peer.allowsSome = true;
        picker.peerAllowedFast(peer.key, geometry.pieceAt(event.piece)!);
        break;
      case 'dont-have':
        this.#downloads.retract(peer, geometry.pieceAt(event.piece)!);
        break;
      case 'hash-request':
        this.#hashes.answer(peer, event);
        break;
      case 'hashes':
        this.#hashFetch.receive(peer, event, event.hashes);
        break;
      case 'hash-reject':
        this.#hashFetch.reject(peer, event);
        break;
      default:
      // keep-alive, suggest, port and extensions that we did not offer: nothing follows from them.
    }
  }

  #join(peer: Peer, has: Bitfield | 'everything' | 'nothing'): void {
    if (peer.isJoined) return;
    peer.isJoined = true;
    peer.isSeed = has === 'everything' || (has !== 'nothing' && has.isFull);
    this.#scene.picker.peerJoined(peer.key, has);
    this.#connections.leaveIfUseless(peer);
    if (!this.#scene.isDoomed(peer)) this.#uploads.welcome(peer);
  }

  #notice(peer: Peer, { oddity, message }: Extract<LinkEvent, { type: 'oddity-noticed' }>): void {
    if (oddity === 'own-peer-id') this.#scene.doom(peer, 'own-peer-id', '');
    else if (oddity === 'piece-unexpected' && message?.type === 'piece')
      this.#downloads.wastedBytes += message.block.length;
    else if (oddity === 'availability-late' && message !== undefined) this.#learnMore(peer, message);
    else if (message?.type === 'request') this.#uploads.stray(peer, message);
  }

  /** Aria2 sends a second bitfield, or have-all, in place of many haves. */
  #learnMore(peer: Peer, message: Message): void {
    const { pieceCount } = this.#scene.geometry;
    const has = message.type === 'bitfield' ? Bitfield.fromWire(message.bits, pieceCount) : Bitfield.full(pieceCount);
    this.#learnOfPieces(peer, has ?? []);
  }

  /** With the last of them it is a seed: it may stay connected although it wants nothing, and take the place of others. */
  #learnOfPieces(peer: Peer, pieces: Iterable<PieceIndex>): void {
    const { picker } = this.#scene;
    for (const piece of pieces) picker.peerAnnounced(peer.key, piece);
    peer.isSeed = picker.hasEverything(peer.key);
    this.#connections.leaveIfUseless(peer);
  }

  #condemn(peer: Peer, code: string, detail: string): void {
    this.#scene.doom(peer, 'protocol-violated', `${code}: ${detail}`);
    this.#connections.ban(peer.key, detail);
  }
}
