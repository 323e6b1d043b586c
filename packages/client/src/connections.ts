import { type ExtensionOffer, type Handshake, type LinkEvent, PeerLink } from '@unchoke/wire';
import { AddressBook, type PeerAddress } from './address-book.js';
import type { CloseReason, PeerKey } from './events.js';
import { extensionOffers } from './extensions.js';
import { LIMITS } from './limits.js';
import { Peer } from './peer.js';
import type { Scene } from './scene.js';
import type { TorrentOptions } from './torrent-options.js';

/** Whom we know, whom we dial, whom we let in, and when a connection has been silent for too long. */
export class Connections {
  readonly #scene: Scene;
  readonly #options: TorrentOptions;
  readonly #book: AddressBook;
  readonly #peersMax: number;
  readonly #offers: readonly ExtensionOffer[];

  constructor(scene: Scene, options: TorrentOptions) {
    this.#offers = extensionOffers(options);
    this.#scene = scene;
    this.#options = options;
    this.#book = new AddressBook(scene.randomBelow);
    this.#peersMax = Math.min(options.peersMax ?? LIMITS.peersPerTorrentMax, LIMITS.peersMax);
  }

  learn(addresses: Iterable<PeerAddress>): void {
    for (const { host, port } of addresses) this.#book.add({ host, port });
  }

  /** Opens sockets to addresses that may be dialled, as far as there is room. */
  dial(): void {
    const { peers, picker, nowMs } = this.#scene;
    if (picker.isComplete) return;
    let opening = 0;
    for (const peer of peers.values()) if (!peer.isConnected) opening++;
    while (peers.size < this.#peersMax && opening < LIMITS.halfOpenMax) {
      const address = this.#book.take(nowMs);
      if (address === undefined) return;
      const peer = this.#meet(this.#options.nextPeerKey(), address, 'dialed');
      this.#scene.do({ type: 'open-socket', peer: peer.key, address });
      opening++;
    }
  }

  /** Our dial got through: we speak first. */
  opened(key: PeerKey): void {
    const peer = this.#scene.peers.get(key);
    if (peer === undefined || peer.isConnected) return;
    peer.isConnected = true;
    peer.lastReceivedMs = this.#scene.nowMs;
    this.#scene.sendBytes(peer, peer.link.greet());
  }

  /** Somebody else dialled, and has said which torrent. */
  accept(key: PeerKey, address: PeerAddress, handshake: Handshake): readonly LinkEvent[] {
    const peer = this.#meet(key, address, 'accepted');
    peer.isConnected = true;
    if (this.#book.isBanned(address)) this.#scene.doom(peer, 'banned', '');
    else if (this.#scene.peers.size > this.#peersMax) this.#scene.doom(peer, 'no-room', '');
    else {
      this.#scene.sendBytes(peer, peer.link.greet());
      return peer.link.receiveHandshake(handshake);
    }
    return [];
  }

  receive(key: PeerKey, bytes: Uint8Array): readonly LinkEvent[] {
    const peer = this.#scene.peers.get(key);
    if (peer === undefined) return [];
    peer.lastReceivedMs = this.#scene.nowMs;
    return peer.link.receive(bytes);
  }

  /** Both handshakes are there: say what we have. */
  greeted(peer: Peer, { peerId }: Handshake): void {
    peer.isGreeted = true;
    peer.peerId = new Uint8Array(peerId);
    if (this.#isKnown(peer)) {
      this.#scene.doom(peer, 'already-connected', '');
      return;
    }
    this.#scene.notify({ type: 'peer-connected', peer: peer.key, address: peer.address });
    this.#sendAvailability(peer);
  }

  close(peer: Peer, reason: CloseReason, detail: string): void {
    const { peers, picker, nowMs } = this.#scene;
    if (!peers.delete(peer.key)) return;
    if (peer.isJoined) picker.peerLeft(peer.key);
    peer.link.close();
    if (peer.origin === 'dialed') this.#book.release(peer.address, peer.isGreeted, nowMs);
    // Also a dial that took too long: it could still get through, to nobody.
    if (reason !== 'remote-closed') this.#scene.do({ type: 'close-socket', peer: peer.key, reason });
    const { key, address, peerId, received, sent } = peer;
    this.#scene.notify({
      type: 'peer-closed',
      peer: key,
      address,
      peerId,
      reason,
      detail,
      received: received.total,
      sent: sent.total,
    });
  }

  /** A peer that cheated is closed and never met again. Others at its address are only suspected when it is theirs alone. */
  ban(key: PeerKey, reason: string): void {
    const peer = this.#scene.peers.get(key);
    if (peer === undefined) return;
    this.#book.ban(peer.address);
    this.#scene.notify({ type: 'peer-banned', peer: key, address: peer.address, reason });
    this.#scene.doom(peer, 'banned', reason);
  }

  /** Between two that want nothing there is nothing to exchange (BEP 21). */
  leaveSeeds(): void {
    for (const peer of this.#scene.peers.values()) this.leaveIfUseless(peer);
  }

  leaveIfUseless(peer: Peer): void {
    if (!this.#scene.picker.isComplete || !(peer.isSeed || peer.isUploadOnly)) return;
    this.#scene.doom(peer, 'both-complete', '');
  }

  passTime(): void {
    const { peers, nowMs } = this.#scene;
    for (const peer of peers.values()) {
      if (nowMs >= this.#silenceEndOf(peer)) {
        this.#scene.doom(
          peer,
          peer.isGreeted ? 'idle-timeout' : peer.isConnected ? 'handshake-timeout' : 'dial-failed',
          '',
        );
      } else if (peer.isGreeted && nowMs >= peer.lastSentMs + LIMITS.keepAliveMs) {
        this.#scene.send(peer, { type: 'keep-alive' });
      }
    }
    this.#makeRoom();
  }

  /**
   * Full of peers that have nothing for us, as we have nothing for them, we would never meet those that do: the oldest such one
   * goes, when there is somebody else to dial. Otherwise a clique of newcomers waits for ever.
   */
  #makeRoom(): void {
    const { peers, picker, nowMs } = this.#scene;
    if (picker.isComplete || peers.size < this.#peersMax || !this.#book.hasReady(nowMs)) return;
    for (const peer of peers.values()) {
      const { link, isJoined, openedMs, waitingSinceMs } = peer;
      if (!isJoined || link.local.interested || link.remote.interested) continue;
      if (nowMs - Math.max(openedMs, waitingSinceMs) < LIMITS.uselessMs || this.#scene.isDoomed(peer)) continue;
      this.#scene.doom(peer, 'no-room', 'nothing to exchange');
      return;
    }
  }

  get deadlineMs(): number | undefined {
    let deadlineMs = this.#scene.picker.isComplete ? undefined : this.#book.nextMs(this.#scene.nowMs);
    for (const peer of this.#scene.peers.values()) {
      const next = Math.min(
        this.#silenceEndOf(peer),
        peer.isGreeted ? peer.lastSentMs + LIMITS.keepAliveMs : Number.POSITIVE_INFINITY,
      );
      deadlineMs = Math.min(deadlineMs ?? next, next);
    }
    return deadlineMs;
  }

  /** The handshake has one time limit in all, so that dripping bytes does not help; after it any message counts. */
  #silenceEndOf(peer: Peer): number {
    if (peer.isGreeted) return peer.lastReceivedMs + LIMITS.idleTimeoutMs;
    return peer.openedMs + (peer.isConnected ? LIMITS.handshakeTimeoutMs : LIMITS.dialTimeoutMs);
  }

  #meet(key: PeerKey, address: PeerAddress, origin: 'dialed' | 'accepted'): Peer {
    const { infoHash, peerId, geometry } = this.#options;
    const extensions = this.#offers;
    const link = new PeerLink({ infoHash, peerId, torrent: geometry, extensions, requestQueue: LIMITS.uploadQueueMax });
    const peer = new Peer(key, address, origin, link, this.#scene.nowMs);
    this.#scene.peers.set(key, peer);
    return peer;
  }

  #isKnown(peer: Peer): boolean {
    for (const other of this.#scene.peers.values()) {
      if (other !== peer && other.isGreeted && sameBytes(other.peerId, peer.peerId)) return true;
    }
    return false;
  }

  #sendAvailability(peer: Peer): void {
    const { have } = this.#scene.picker;
    if (peer.link.isFast && have.isFull) this.#scene.send(peer, { type: 'have-all' });
    else if (peer.link.isFast && have.isEmpty) this.#scene.send(peer, { type: 'have-none' });
    else if (!have.isEmpty) this.#scene.send(peer, { type: 'bitfield', bits: have.toWire() });
  }
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
