import type { PieceLayer } from '@unchoke/metainfo';
import { Announcer, type AnnouncerAction, redactTrackerUrl } from '@unchoke/tracker';
import { type ExtensionMessage, type LinkEvent, type Message, type MetadataAction, MetadataFetch } from '@unchoke/wire';
import { AddressBook, type PeerAddress } from './address-book.js';
import type { CloseReason, PeerKey, TorrentNotice } from './events.js';
import { CLIENT_NAME } from './extensions.js';
import { type LayerEvent, LayerFetch } from './layer-fetch.js';
import { LIMITS } from './limits.js';
import type { MagnetAction, MagnetEvent } from './magnet-events.js';
import type { MagnetOptions } from './magnet-options.js';
import { linkOf, MagnetPeer } from './magnet-peer.js';
import { BLAMES, whyWaiting } from './magnet-why.js';
import { contactId, mentionable } from './pex.js';
import type { Seat } from './seat.js';
import { Session } from './session.js';

/**
 * From a magnet link to the metadata (BEP 9), and of version 2 to the hashes that are not part of it (BEP 52): finds peers, asks
 * several at once, believes nothing but the hash, and names who lied. Then its announcer and addresses go on with the torrent.
 *
 * @example
 * ```ts
 * import { MagnetStart } from '@unchoke/client';
 *
 * const magnet = new MagnetStart({
 *   infoHash: new Uint8Array(20),
 *   verify: () => true,
 *   peerId: new Uint8Array(20).fill(1),
 *   port: 6881,
 *   nextPeerKey: () => 1,
 *   randomBelow: () => 0,
 * });
 * magnet.handle({ type: 'torrent-started' }, 0);
 * const [action] = magnet.handle({ type: 'peers-found', addresses: [{ host: '127.0.0.1', port: 6881 }] }, 0);
 * console.assert(action?.type === 'open-socket');
 * ```
 */
export class MagnetStart {
  readonly #options: MagnetOptions;
  readonly #book: AddressBook;
  readonly #fetch: MetadataFetch;
  /** Once the metadata is known and has no piece layers. */
  #layerFetch: LayerFetch | undefined;
  #metadata: Uint8Array = new Uint8Array(0);
  #isDone = false;
  #receivedBytes = 0;
  readonly #seat: Seat;
  readonly #peers = new Map<PeerKey, MagnetPeer>();
  readonly #known = new Map<string, PeerAddress>();
  readonly announcer: Announcer;
  #actions: MagnetAction[] = [];
  #isRunning = false;
  #nowMs = 0;

  constructor(options: MagnetOptions) {
    this.#options = options;
    this.#book = new AddressBook(options.randomBelow);
    this.#fetch = new MetadataFetch({ verify: options.verify });
    this.#seat = options.seat ?? new Session().join();
    this.announcer = new Announcer({ ...options.announcer, randomBelow: options.randomBelow });
  }

  handle(event: MagnetEvent, nowMs: number): readonly MagnetAction[] {
    this.#nowMs = nowMs;
    this.#actions = [];
    this.#take(event);
    if (this.#isRunning && !this.#isDone) this.#dial();
    return this.#actions;
  }

  /** When to come back with `time-passed`, if nothing else happens before. */
  get deadlineMs(): number | undefined {
    let deadlineMs = this.announcer.deadlineMs ?? Number.POSITIVE_INFINITY;
    if (this.#isRunning && !this.#isDone) {
      deadlineMs = Math.min(
        deadlineMs,
        this.#fetch.deadlineMs ?? deadlineMs,
        this.#layerFetch?.deadlineMs ?? deadlineMs,
        this.#book.nextMs(this.#nowMs) ?? deadlineMs,
        this.#seat.dialReadyMs(this.#nowMs),
      );
    }
    for (const peer of this.#peers.values()) deadlineMs = Math.min(deadlineMs, peer.endMs, peer.keepAliveMs);
    return deadlineMs === Number.POSITIVE_INFINITY ? undefined : deadlineMs;
  }

  /** Where peers are known to be: for the torrent that comes of it. */
  get addresses(): readonly PeerAddress[] {
    return [...this.#known.values()];
  }

  /** Why it takes so long, in a sentence. */
  get why(): string {
    const lacks = this.#layerFetch === undefined ? 'metadata' : 'hashes';
    return whyWaiting(this.#peers.values(), this.announcer, lacks);
  }

  /** Of metadata and hashes, good or bad: whether anything comes at all. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  #take(event: MagnetEvent): void {
    switch (event.type) {
      case 'torrent-started':
        this.#isRunning = true;
        this.#announce(this.announcer.handle({ type: 'torrent-started' }, this.#nowMs));
        break;
      case 'torrent-stopped':
        this.#isRunning = false;
        for (const peer of this.#peers.values()) this.#close(peer, 'torrent-stopped', '');
        this.#seat.withdraw();
        this.#announce(this.announcer.handle({ type: 'torrent-stopped' }, this.#nowMs));
        break;
      case 'time-passed':
        this.#passTime();
        break;
      case 'peers-found':
        this.#learn(event.addresses);
        break;
      case 'socket-opened':
        this.#withPeer(event.peer, (peer) => {
          peer.isConnected = true;
          this.#seat.opened();
          this.#send(peer, peer.link.greet());
        });
        break;
      case 'peer-accepted':
        this.#accept(event);
        break;
      case 'bytes-received':
        this.#withPeer(event.peer, (peer) => {
          peer.lastReceivedMs = this.#nowMs;
          this.#converse(peer, peer.link.receive(event.bytes));
        });
        break;
      case 'socket-closed':
        this.#withPeer(event.peer, (peer) => this.#close(peer, event.reason, ''));
        break;
      case 'tracker-answered':
        this.#announce(this.announcer.handle(event.event, this.#nowMs));
        break;
      case 'room-needed':
        this.#makeRoom();
        break;
      default:
      // A crowded socket waits for hundreds of bytes here, and limits on rates are about blocks.
    }
  }

  #learn(addresses: Iterable<PeerAddress>): void {
    for (const { host, port } of addresses) {
      if (this.#book.add({ host, port })) this.#remember({ host, port });
    }
  }

  #remember(address: PeerAddress): void {
    if (this.#known.size < LIMITS.candidatesMax) this.#known.set(contactId(address), address);
  }

  #dial(): void {
    while (this.#peers.size < this.#peersMax && this.#book.hasDue(this.#nowMs)) {
      if (!this.#seat.mayDial(this.#nowMs)) return;
      const address = this.#book.take(this.#nowMs)!;
      const peer = this.#meet(this.#options.nextPeerKey(), address, 'dialed');
      peer.isSeated = true;
      this.#actions.push({ type: 'open-socket', peer: peer.key, address });
    }
    this.#seat.withdraw();
  }

  /** Others in the session have less than their share: whoever has no metadata goes first. */
  #makeRoom(): void {
    const peers = [...this.#peers.values()];
    const victim = peers.find(({ offersMetadata }) => !offersMetadata) ?? peers[0];
    if (victim !== undefined) this.#close(victim, 'no-room', '');
  }

  #accept({ peer: key, address, handshake }: Extract<MagnetEvent, { type: 'peer-accepted' }>): void {
    const isBanned = this.#book.isBanned(address);
    const peer = this.#meet(key, address, 'accepted');
    peer.isConnected = true;
    if (isBanned) this.#close(peer, 'banned', '');
    else if (this.#isDone || !this.#isRunning) this.#close(peer, 'metadata-complete', '');
    else if (this.#peers.size > this.#peersMax || !this.#seat.mayAccept()) this.#close(peer, 'no-room', '');
    else {
      peer.isSeated = true;
      this.#send(peer, peer.link.greet());
      this.#converse(peer, peer.link.receiveHandshake(handshake));
    }
  }

  #meet(key: PeerKey, address: PeerAddress, origin: 'dialed' | 'accepted'): MagnetPeer {
    const peer = new MagnetPeer(key, address, origin, linkOf(this.#options), this.#nowMs);
    this.#peers.set(key, peer);
    return peer;
  }

  #converse(peer: MagnetPeer, events: readonly LinkEvent[]): void {
    const last = events.at(-1);
    // What came before a violation is not answered: the link is closed already.
    if (last?.type === 'protocol-violated') {
      this.#ban(peer, 'protocol-violated', `${last.error.code}: ${last.error.message}`);
      return;
    }
    for (const event of events) {
      if (!this.#peers.has(peer.key) || this.#isDone) return;
      this.#hear(peer, event);
    }
  }

  #hear(peer: MagnetPeer, event: LinkEvent): void {
    switch (event.type) {
      case 'handshake-received':
        this.#greet(peer, event.handshake.peerId);
        break;
      case 'extended-handshake': {
        peer.learn(event.handshake);
        if (peer.contact !== undefined) this.#remember(peer.contact);
        const { metadataSize } = event.handshake;
        if (metadataSize === undefined || !peer.speaks('ut_metadata')) break;
        peer.offersMetadata = true;
        this.#follow(this.#fetch.handle({ type: 'peer-ready', peer: peer.key, metadataSize }, this.#nowMs));
        this.#tellLayers({ type: 'peers-ready', peers: [peer.key] });
        break;
      }
      case 'hashes':
        this.#receivedBytes += event.hashes.length;
        if (this.#layerFetch?.awaits(peer.key, event) !== true) this.#countStray(peer, 'hashes that nobody asked for');
        this.#tellLayers({ type: 'hashes-received', peer: peer.key, range: event, hashes: event.hashes });
        break;
      case 'hash-reject':
        this.#tellLayers({ type: 'hashes-rejected', peer: peer.key, range: event });
        break;
      case 'hash-request':
        this.#refuse(peer, { ...event, type: 'hash-reject' });
        break;
      case 'metadata':
        this.#hearMetadata(peer, event);
        break;
      case 'pex':
        this.#learn(mentionable(peer.ledger.hear(event.message, this.#nowMs), peer.address.host, []));
        if (peer.ledger.strayCount > LIMITS.pexStraysMax) this.#close(peer, 'flood', 'too many lists of peers');
        break;
      case 'oddity-noticed':
        if (event.oddity === 'own-peer-id') this.#close(peer, 'own-peer-id', '');
        else this.#countStray(peer, event.oddity);
        break;
      default:
      // What it has of the content is said again to the torrent.
    }
  }

  #greet(peer: MagnetPeer, peerId: Uint8Array): void {
    peer.isGreeted = true;
    peer.peerId = new Uint8Array(peerId);
    for (const other of this.#peers.values()) {
      if (other === peer || !other.isGreeted || !other.isCalled(peerId)) continue;
      this.#close(peer, 'already-connected', '');
      return;
    }
    this.#notify({ type: 'peer-connected', peer: peer.key, address: peer.address });
    if (peer.link.isFast) this.#send(peer, peer.link.send({ type: 'have-none' }));
    if (!peer.link.isExtended) {
      this.#close(peer, 'no-metadata', 'it does not speak the extension protocol');
      return;
    }
    const { port } = this.#options;
    const handshake = { client: CLIENT_NAME, requestQueue: LIMITS.uploadQueueMax, ...(port === 0 ? {} : { port }) };
    this.#say(peer, { type: 'extended-handshake', handshake });
  }

  #hearMetadata(peer: MagnetPeer, { message }: Extract<LinkEvent, { type: 'metadata' }>): void {
    if (message.kind === 'data') this.#receivedBytes += message.bytes.length;
    if (message.kind !== 'request')
      this.#follow(this.#fetch.handle({ type: 'message-received', peer: peer.key, message }, this.#nowMs));
    else if (peer.speaks('ut_metadata'))
      this.#refuse(peer, { type: 'metadata', message: { kind: 'reject', part: message.part } });
  }

  /** We have nothing to give yet, and say so. */
  #refuse(peer: MagnetPeer, refusal: Message | ExtensionMessage): void {
    this.#send(peer, peer.link.send(refusal));
    this.#countStray(peer, 'too many requests');
  }

  #countStray(peer: MagnetPeer, detail: string): void {
    if (++peer.strayCount > LIMITS.strayRequestsMax) this.#close(peer, 'flood', detail);
  }

  #follow(actions: readonly MetadataAction[]): void {
    for (const action of actions) {
      if (action.type === 'deliver-metadata') this.#learnMetadata(action.metadata);
      else
        this.#withPeer(action.peer, (peer) => {
          if (action.type === 'blame-peer') this.#ban(peer, 'wrong-data', BLAMES[action.blame]);
          else if (peer.speaks('ut_metadata')) {
            this.#say(peer, { type: 'metadata', message: { kind: 'request', part: action.part } });
          }
        });
    }
  }

  /** BEP 52: the hashes of the pieces of files that have several stand beside the info dictionary. Those who have it have them. */
  #learnMetadata(metadata: Uint8Array): void {
    const missing = this.#options.layersOf?.(metadata) ?? [];
    this.#metadata = metadata;
    if (missing.length === 0) this.#finish(metadata, []);
    else this.#layerFetch = new LayerFetch(missing);
    const offering = [...this.#peers.values()].filter(({ offersMetadata }) => offersMetadata);
    this.#tellLayers({ type: 'peers-ready', peers: offering.map(({ key }) => key) });
  }

  #tellLayers(event: LayerEvent): void {
    for (const action of this.#layerFetch?.handle(event, this.#nowMs) ?? []) {
      if (action.type === 'deliver-layers') this.#finish(this.#metadata, action.layers);
      else
        this.#withPeer(action.peer, (peer) => {
          if (action.type === 'blame-peer') this.#ban(peer, 'wrong-data', 'sent false hashes of pieces');
          else this.#send(peer, peer.link.send({ type: 'hash-request', ...action.range }));
        });
    }
  }

  #finish(metadata: Uint8Array, pieceLayers: readonly PieceLayer[]): void {
    this.#isDone = true;
    for (const peer of this.#peers.values()) this.#close(peer, 'metadata-complete', '');
    this.#seat.withdraw();
    this.#actions.push({ type: 'deliver-metadata', metadata, pieceLayers });
  }

  #passTime(): void {
    for (const peer of this.#peers.values()) {
      if (this.#nowMs >= peer.endMs) this.#close(peer, peer.endReason, '');
      else if (this.#nowMs >= peer.keepAliveMs) this.#send(peer, peer.link.send({ type: 'keep-alive' }));
    }
    this.#follow(this.#fetch.handle({ type: 'time-passed' }, this.#nowMs));
    this.#tellLayers({ type: 'time-passed' });
    this.#announce(this.announcer.handle({ type: 'time-passed' }, this.#nowMs));
  }

  #announce(actions: readonly AnnouncerAction[]): void {
    for (const action of actions) {
      if (action.type === 'announce') this.#actions.push({ type: 'announce', announce: action });
      else if (action.type === 'cancel-announce') this.#actions.push(action);
      else if (action.type === 'add-peers') this.#learn(action.peers);
      else if (action.type === 'report-tracker')
        this.#notify({ type: 'tracker-reported', url: redactTrackerUrl(action.url), problem: action.problem });
      else if (action.type === 'finish-stopping')
        this.#notify({ type: 'torrent-stopped', unreachedTrackers: action.unreachedCount });
    }
  }

  /** Somebody who cannot be honest: closed, named, and never met again. */
  #ban(peer: MagnetPeer, reason: CloseReason, detail: string): void {
    this.#book.ban(peer.address);
    this.#known.delete(contactId(peer.contact ?? peer.address));
    this.#notify({ type: 'peer-banned', peer: peer.key, address: peer.address, reason: detail });
    this.#close(peer, reason, detail);
  }

  #close(peer: MagnetPeer, reason: CloseReason, detail: string): void {
    if (!this.#peers.delete(peer.key)) return;
    const { key, address, peerId, link, isGreeted } = peer;
    link.close();
    if (peer.isSeated) this.#seat.left(!peer.isConnected);
    if (peer.origin === 'dialed') this.#book.release(address, isGreeted ? 'worked' : 'failed', this.#nowMs);
    // Also a dial that took too long: it could still get through, to nobody.
    if (reason !== 'remote-closed') this.#actions.push({ type: 'close-socket', peer: key, reason });
    this.#notify({ type: 'peer-closed', peer: key, address, peerId, reason, detail, received: 0, sent: 0 });
    this.#follow(this.#fetch.handle({ type: 'peer-left', peer: key }, this.#nowMs));
    this.#tellLayers({ type: 'peer-left', peer: key });
  }

  #say(peer: MagnetPeer, message: ExtensionMessage): void {
    this.#send(peer, peer.link.send(message));
  }

  #send(peer: MagnetPeer, bytes: Uint8Array): void {
    peer.lastSentMs = this.#nowMs;
    this.#actions.push({ type: 'send-bytes', peer: peer.key, bytes });
  }

  #notify(notice: TorrentNotice): void {
    this.#actions.push({ type: 'notify', notice });
  }

  #withPeer(key: PeerKey, act: (peer: MagnetPeer) => void): void {
    const peer = this.#peers.get(key);
    if (peer !== undefined) act(peer);
  }

  get #peersMax(): number {
    return Math.min(this.#options.peersMax ?? LIMITS.peersPerTorrentMax, LIMITS.peersMax);
  }
}
