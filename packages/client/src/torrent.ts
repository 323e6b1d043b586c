import { Bitfield, Picker, type PieceIndex } from '@unchoke/pieces';
import { Announcer, type AnnouncerAction, type AnnouncerEvent } from '@unchoke/tracker';
import type { LinkEvent, Message } from '@unchoke/wire';
import { Connections } from './connections.js';
import { Downloads } from './downloads.js';
import type { CloseReason, PeerKey, TorrentAction, TorrentEvent } from './events.js';
import { LIMITS } from './limits.js';
import type { Peer } from './peer.js';
import { Scene } from './scene.js';
import type { TorrentOptions } from './torrent-options.js';
import { describeStatus, type TorrentStatus } from './torrent-status.js';
import { Uploads } from './uploads.js';

/**
 * One torrent: everything that happens to it comes in through `handle`, everything it wants done comes out. It owns no
 * socket, no file, no clock and no chance; the same torrent runs on a network and in a simulation.
 *
 * @example
 * ```ts
 * import { Torrent } from '@unchoke/client';
 * import { Bitfield, Geometry } from '@unchoke/pieces';
 *
 * const geometry = new Geometry({ totalLength: 100_000, pieceLength: 32_768 });
 * const torrent = new Torrent({
 *   infoHash: new Uint8Array(20),
 *   peerId: new Uint8Array(20).fill(1),
 *   port: 6881,
 *   geometry,
 *   have: Bitfield.empty(geometry.pieceCount),
 *   nextPeerKey: () => 1,
 *   randomBelow: () => 0,
 * });
 * torrent.handle({ type: 'torrent-started' }, 0);
 * const [action] = torrent.handle({ type: 'peers-found', addresses: [{ host: '127.0.0.1', port: 6881 }] }, 0);
 * console.assert(action?.type === 'open-socket');
 * ```
 */
export class Torrent {
  readonly #scene: Scene;
  readonly #connections: Connections;
  readonly #downloads: Downloads;
  readonly #uploads: Uploads;
  readonly #announcer: Announcer;
  #isRunning = false;
  #wasComplete: boolean;
  #rechokeMs = Number.POSITIVE_INFINITY;

  constructor(options: TorrentOptions) {
    const { geometry, have, randomBelow } = options;
    const picker = new Picker(geometry, have, randomBelow, options.picker);
    this.#scene = new Scene(geometry, picker, randomBelow);
    this.#connections = new Connections(this.#scene, options);
    this.#downloads = new Downloads(this.#scene);
    this.#uploads = new Uploads(this.#scene, options.uploadSlots ?? LIMITS.uploadSlots);
    this.#announcer = new Announcer({ ...options.announcer, randomBelow });
    this.#wasComplete = picker.isComplete;
    for (const piece of picker.importPartials(options.partials ?? [])) this.#verify(piece);
  }

  /** The one inbox. Each line is one thing that can happen. */
  handle(event: TorrentEvent, nowMs: number): readonly TorrentAction[] {
    this.#scene.nowMs = nowMs;
    switch (event.type) {
      case 'torrent-started':
        this.#start();
        break;
      case 'torrent-stopped':
        this.#stop();
        break;
      case 'time-passed':
        this.#passTime();
        break;
      case 'peers-found':
        this.#connections.learn(event.addresses);
        break;
      case 'socket-opened':
        this.#connections.opened(event.peer);
        break;
      case 'peer-accepted':
        this.#takeLinkEvents(event.peer, this.#connections.accept(event.peer, event.address, event.handshake));
        break;
      case 'bytes-received':
        this.#takeLinkEvents(event.peer, this.#connections.receive(event.peer, event.bytes));
        break;
      case 'socket-crowded':
        this.#withPeer(event.peer, (peer) => {
          peer.isCrowded = true;
        });
        break;
      case 'socket-drained':
        this.#withPeer(event.peer, (peer) => this.#drained(peer));
        break;
      case 'socket-closed':
        this.#withPeer(event.peer, (peer) => this.#scene.doom(peer, event.reason, ''));
        break;
      case 'block-loaded':
        this.#withPeer(event.peer, (peer) => this.#uploads.loaded(peer, event.block, event.bytes));
        break;
      case 'piece-verified':
        this.#judgePiece(event.piece, event.isValid, event.blockDigests);
        break;
      case 'pieces-lost':
        this.#losePieces(event.pieces);
        break;
      case 'storage-stalled':
        this.#stall(event.problem);
        break;
      case 'storage-ready':
        this.#resume();
        break;
      case 'tracker-answered':
        this.#announce(event.event);
        break;
      default:
        event satisfies never;
    }
    this.#closeDoomed();
    if (this.#isRunning) this.#connections.dial();
    return this.#scene.takeActions();
  }

  /** When to come back with `time-passed`, if nothing else happens before. */
  get deadlineMs(): number | undefined {
    const deadlines = [this.#rechokeMs, this.#announcer.deadlineMs, this.#connections.deadlineMs];
    for (const peer of this.#scene.peers.values()) {
      if (peer.isJoined) deadlines.push(this.#downloads.deadlineOf(peer));
    }
    const next = Math.min(...deadlines.map((deadline) => deadline ?? Number.POSITIVE_INFINITY));
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  /** How it stands, for people and programs. */
  get status(): TorrentStatus {
    return describeStatus(this.#scene, this.#downloads, this.#uploads, this.#announcer, this.#isRunning);
  }

  /** What a tracker is told. */
  get totals(): { readonly uploaded: number; readonly downloaded: number; readonly left: number } {
    const { picker, geometry } = this.#scene;
    let left = geometry.totalLength;
    for (const piece of picker.have) left -= geometry.lengthOf(piece);
    return { uploaded: this.#uploads.sentBytes, downloaded: this.#downloads.receivedBytes, left };
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#rechokeMs = this.#scene.nowMs + LIMITS.rechokeMs;
    this.#announce({ type: 'torrent-started' });
  }

  #stop(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#rechokeMs = Number.POSITIVE_INFINITY;
    for (const peer of this.#scene.peers.values()) this.#scene.doom(peer, 'torrent-stopped', '');
    this.#announce({ type: 'torrent-stopped' });
  }

  #passTime(): void {
    const { nowMs, peers, picker } = this.#scene;
    this.#connections.passTime();
    for (const peer of peers.values()) {
      if (peer.isJoined && !this.#scene.isDoomed(peer)) this.#downloads.checkTimeout(peer);
    }
    if (nowMs >= this.#rechokeMs) {
      this.#rechokeMs = nowMs + LIMITS.rechokeMs;
      this.#uploads.rechoke(picker.isComplete, (peer) => this.#downloads.isSnubbing(peer));
    }
    for (const peer of peers.values()) this.#downloads.fill(peer);
    this.#announce({ type: 'time-passed' });
  }

  #announce(event: AnnouncerEvent): void {
    for (const action of this.#announcer.handle(event, this.#scene.nowMs)) this.#follow(action);
  }

  #follow(action: AnnouncerAction): void {
    switch (action.type) {
      case 'announce':
        this.#scene.do({ type: 'announce', announce: action });
        break;
      case 'cancel-announce':
        this.#scene.do(action);
        break;
      case 'add-peers':
        this.#connections.learn(action.peers);
        break;
      case 'drop-peers':
        // BEP 27: whoever the former tracker named has to go.
        for (const peer of this.#scene.peers.values()) this.#scene.doom(peer, 'tracker-changed', '');
        break;
      case 'report-tracker':
        this.#scene.notify({ type: 'tracker-reported', url: action.url, problem: action.problem });
        break;
      case 'finish-stopping':
        this.#scene.notify({ type: 'torrent-stopped', unreachedTrackers: action.unreachedCount });
        break;
      default:
        action satisfies never;
    }
  }

  #takeLinkEvents(key: PeerKey, events: readonly LinkEvent[]): void {
    const peer = this.#scene.peers.get(key);
    if (peer === undefined) return;
    const last = events.at(-1);
    // What came before a violation is not answered: the link is closed already.
    if (last?.type === 'protocol-violated') {
      this.#condemn(peer, last.error.code, last.error.message);
      return;
    }
    for (const event of events) {
      if (this.#scene.isDoomed(peer)) return;
      this.#takeLinkEvent(peer, event);
    }
    if (!peer.isJoined || this.#scene.isDoomed(peer)) return;
    this.#downloads.updateInterest(peer);
    this.#downloads.fill(peer);
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
        return true;
      case 'extended-handshake':
        peer.clientName = event.handshake.client ?? '';
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
        return false;
    }
  }

  #takeMessage(peer: Peer, event: LinkEvent): void {
    const { geometry, picker } = this.#scene;
    switch (event.type) {
      case 'have':
        picker.peerAnnounced(peer.key, geometry.pieceAt(event.piece)!);
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
        picker.peerAllowedFast(peer.key, geometry.pieceAt(event.piece)!);
        break;
      case 'dont-have':
        picker.peerRetracted(peer.key, geometry.pieceAt(event.piece)!);
        break;
      default:
      // keep-alive, not-interested, suggest, port, hashes and extensions that we did not offer: nothing follows from them.
    }
  }

  #join(peer: Peer, has: Bitfield | 'everything' | 'nothing'): void {
    if (peer.isJoined) return;
    peer.isJoined = true;
    peer.isSeed = has === 'everything' || (has !== 'nothing' && has.isFull);
    this.#scene.picker.peerJoined(peer.key, has);
    if (peer.isSeed && this.#scene.picker.have.isFull) this.#scene.doom(peer, 'both-complete', '');
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
    for (const piece of has ?? []) this.#scene.picker.peerAnnounced(peer.key, piece);
  }

  #drained(peer: Peer): void {
    peer.isCrowded = false;
    this.#uploads.serve(peer);
    this.#downloads.fill(peer);
  }

  #verify(piece: PieceIndex): void {
    this.#scene.do({ type: 'verify-piece', piece, blockDigests: false });
  }

  #judgePiece(piece: PieceIndex, isValid: boolean, digests: Uint8Array | undefined): void {
    const { picker, peers } = this.#scene;
    if (picker.statusOf(piece) !== 'verifying') return;
    const liars = isValid
      ? this.#downloads.pieceVerified(piece, digests)
      : this.#downloads.pieceRejected(piece, digests);
    this.#scene.notify({ type: isValid ? 'piece-completed' : 'piece-rejected', piece });
    for (const key of liars) this.#connections.ban(key, `sent a false block of piece ${piece}`);
    for (const peer of peers.values()) {
      if (this.#scene.isDoomed(peer)) continue;
      // Also to who has not said yet what it has: one that has nothing need not say so (BEP 3), and may stay silent for long.
      if (isValid && peer.isGreeted) this.#scene.send(peer, { type: 'have', piece });
      if (!peer.isJoined) continue;
      this.#downloads.updateInterest(peer);
      this.#downloads.fill(peer);
    }
    if (isValid) this.#checkCompletion();
  }

  #checkCompletion(): void {
    if (this.#wasComplete || !this.#scene.picker.isComplete) return;
    this.#wasComplete = true;
    this.#announce({ type: 'torrent-completed' });
    this.#scene.notify({ type: 'torrent-completed' });
    this.#connections.leaveSeeds();
  }

  #losePieces(pieces: readonly PieceIndex[]): void {
    const { picker, peers } = this.#scene;
    for (const piece of pieces) if (picker.statusOf(piece) === 'have') picker.pieceLost(piece);
    this.#wasComplete = picker.isComplete;
    for (const peer of peers.values()) {
      if (!peer.isJoined || this.#scene.isDoomed(peer)) continue;
      this.#downloads.updateInterest(peer);
      this.#downloads.fill(peer);
    }
  }

  #stall(problem: string | undefined): void {
    this.#scene.isStalled = true;
    this.#scene.stall = problem;
    if (problem !== undefined) this.#scene.notify({ type: 'storage-stalled', problem });
  }

  #resume(): void {
    if (this.#scene.stall !== undefined) this.#scene.notify({ type: 'storage-ready' });
    this.#scene.isStalled = false;
    this.#scene.stall = undefined;
    for (const peer of this.#scene.peers.values()) this.#downloads.fill(peer);
  }

  #condemn(peer: Peer, code: string, detail: string): void {
    this.#scene.doom(peer, 'protocol-violated', `${code}: ${detail}`);
    this.#connections.ban(peer.key, detail);
  }

  #closeDoomed(): void {
    for (let entry = this.#scene.takeDoomed(); entry !== undefined; entry = this.#scene.takeDoomed()) {
      this.#connections.close(entry.peer, entry.reason as CloseReason, entry.detail);
      for (const peer of this.#scene.peers.values()) this.#downloads.fill(peer);
    }
  }

  #withPeer(key: PeerKey, act: (peer: Peer) => void): void {
    const peer = this.#scene.peers.get(key);
    if (peer !== undefined) act(peer);
  }
}
