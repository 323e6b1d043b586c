import { reachOf } from '@unchoke/tracker';
import { type ExtensionOffer, type Handshake, type LinkEvent, PeerLink, parseReserved } from '@unchoke/wire';
import { AddressBook, type DialOutcome, type PeerAddress } from './address-book.js';
import type { CloseReason, PeerKey } from './events.js';
import { extensionOffers } from './extensions.js';
import { LIMITS } from './limits.js';
import { Peer } from './peer.js';
import type { Scene } from './scene.js';
import type { Seat } from './seat.js';
import type { TorrentOptions } from './torrent-options.js';

/** Whom we know, whom we dial, whom we let in, and when a connection has been silent for too long. */
export class Connections {
  readonly #scene: Scene;
  readonly #options: TorrentOptions;
  readonly #book: AddressBook;
  readonly #seat: Seat;
  readonly #peersMax: number;
  /** With so many nobody is dialled: the other places are for those who dial us. */
  readonly #dialledMax: number;
  readonly #offers: readonly ExtensionOffer[];
  #lastReplacedMs = Number.NEGATIVE_INFINITY;
  /** Dials that who has all it wants may still make, and up to when they were counted. */
  #seekAllowance: number = LIMITS.takersSought;
  #seekCountedMs = 0;

  constructor(scene: Scene, options: TorrentOptions, seat: Seat) {
    this.#offers = extensionOffers(options);
    this.#scene = scene;
    this.#seat = seat;
    this.#options = options;
    this.#book = new AddressBook(scene.randomBelow);
    this.#peersMax = Math.min(options.peersMax ?? LIMITS.peersPerTorrentMax, LIMITS.peersMax);
    this.#dialledMax = Math.ceil(this.#peersMax * LIMITS.dialledShare);
  }

  learn(addresses: Iterable<PeerAddress>): void {
    for (const { host, port } of addresses) this.#book.add({ host, port });
  }

  /**
   * Opens sockets to addresses that may be dialled, as far as there is room. Who wants nothing dials, too: whoever cannot be
   * reached from outside would have nobody to give to, and a leech that came first would wait for its next announce.
   */
  dial(): void {
    const { peers, picker, nowMs } = this.#scene;
    const seeksTakers = picker.isComplete;
    this.#book.seekTakers(seeksTakers);
    const soughtMax = seeksTakers ? Math.min(this.#dialledMax, LIMITS.takersSought) : this.#dialledMax;
    while (peers.size < soughtMax && (!seeksTakers || this.#maySeek()) && this.#book.hasDue(nowMs)) {
      if (seeksTakers && !this.#seat.mayDialAside(nowMs)) break;
      if (seeksTakers) this.#seekAllowance--;
      if (!seeksTakers && !this.#seat.mayDial(nowMs)) return;
      const address = this.#book.take(nowMs)!;
      const peer = this.#meet(this.#options.nextPeerKey(), address, 'dialed', this.#options.infoHash, true);
      peer.isSeated = true;
      peer.places.push(address);
      this.#scene.do({ type: 'open-socket', peer: peer.key, address });
    }
    this.#seat.withdraw();
  }

  /** Where a swarm is full, thousands that are complete would try all addresses they know, and be refused. */
  #maySeek(): boolean {
    const { nowMs } = this.#scene;
    const earned = Math.floor((nowMs - this.#seekCountedMs) / LIMITS.takerSeekMs);
    if (earned > 0) {
      this.#seekAllowance = Math.min(LIMITS.takersSought, this.#seekAllowance + earned);
      this.#seekCountedMs = nowMs;
    }
    return this.#seekAllowance > 0 && this.#seat.isCalm;
  }

  /** Our dial got through: we speak first. */
  opened(key: PeerKey): void {
    const peer = this.#scene.peers.get(key);
    if (peer === undefined || peer.isConnected) return;
    peer.isConnected = true;
    this.#seat.opened();
    peer.lastReceivedMs = this.#scene.nowMs;
    this.#scene.sendBytes(peer, peer.link.greet());
  }

  /** Somebody else dialled, and has said which torrent. */
  accept(key: PeerKey, address: PeerAddress, handshake: Handshake): readonly LinkEvent[] {
    const peer = this.#meet(key, address, 'accepted', ...this.#nameFor(handshake));
    peer.isConnected = true;
    const objection = this.#objectionTo(peer, handshake);
    if (objection === undefined) {
      peer.isSeated = true;
      this.#scene.sendBytes(peer, peer.link.greet());
      return peer.link.receiveHandshake(handshake);
    }
    this.#scene.doom(peer, objection, '');
    return [];
  }

  #objectionTo(peer: Peer, { peerId }: Handshake): CloseReason | undefined {
    if (this.#book.isBanned(peer.address)) return 'banned';
    if (this.#isCrowdedHost(peer, peerId)) return 'same-host';
    if (this.#scene.peers.size <= this.#peersMax && this.#seat.mayAccept()) return undefined;
    if (!this.#replaceUseless()) return 'no-room';
    this.#seat.accept();
    return undefined;
  }

  /** BEP 10, `p`: where somebody who dialled us can be dialled. Nobody needs to, while it is connected. */
  learnPort(peer: Peer, port: number): void {
    if (peer.origin === 'dialed' || peer.places.length > 0 || port === 0) return;
    const place = { host: peer.address.host, port };
    if (!this.#book.claim(place)) return;
    peer.places.push(place);
    peer.score = this.#book.scoreOf(place);
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
    const other = this.#sameAs(peer);
    const loser = other === undefined ? undefined : this.#loserOf(peer, other);
    if (loser !== undefined) this.#merge(loser, loser === peer ? other! : peer);
    else if (peer.origin === 'dialed' && this.#isCrowdedHost(peer, peerId)) this.#scene.doom(peer, 'same-host', '');
    if (this.#scene.isDoomed(peer)) return;
    peer.score.note('connected', this.#scene.nowMs);
    this.#scene.notify({ type: 'peer-connected', peer: peer.key, address: peer.address });
    this.#sendAvailability(peer);
  }

  close(peer: Peer, reason: CloseReason, detail: string): void {
    const { peers, picker, nowMs } = this.#scene;
    if (!peers.delete(peer.key)) return;
    if (peer.isJoined) picker.peerLeft(peer.key);
    peer.link.close();
    if (peer.isSeated) this.#seat.left(!peer.isConnected);
    if (!peer.isGreeted) peer.score.note('unreachable', nowMs);
    const outcome = reason === 'own-peer-id' ? 'ourselves' : outcomeOf(peer, nowMs);
    for (const place of peer.places) this.#book.release(place, outcome, nowMs, peer.isSeed || peer.isUploadOnly);
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
    this.#leaveUseless();
  }

  /**
   * Full of peers that give us nothing, we would never meet those that do: one such peer goes, when there is somebody else to
   * dial. Otherwise a clique of newcomers waits for ever, and who met only stallers at first starves beside a crowd of seeds.
   */
  #leaveUseless(): void {
    const { peers, picker, nowMs } = this.#scene;
    if (picker.isComplete || peers.size < this.#dialledMax || !this.#book.hasDue(nowMs)) return;
    for (const peer of peers.values()) {
      if (!peer.isJoined || this.#scene.isDoomed(peer) || !this.#isUseless(peer)) continue;
      this.#scene.doom(peer, 'no-room', 'nothing to exchange');
      return;
    }
  }

  #isUseless({ link, openedMs, waitingSinceMs, stalledSinceMs, sent }: Peer): boolean {
    const { nowMs } = this.#scene;
    const idleMs = nowMs - Math.max(openedMs, waitingSinceMs);
    if (!link.local.interested) return !link.remote.interested && idleMs >= LIMITS.uselessMs;
    if (sent.perSecond(nowMs) > 0) return false;
    // It was asked, more than once by now, and has sent nothing since.
    if (stalledSinceMs !== undefined) return nowMs - stalledSinceMs >= LIMITS.uselessMs;
    if (!link.remote.choking || idleMs < LIMITS.fruitlessMs) return false;
    return this.#isStarving;
  }

  get #isStarving(): boolean {
    const { peers, picker, nowMs } = this.#scene;
    return !picker.isComplete && [...peers.values()].every(({ received }) => received.perSecond(nowMs) === 0);
  }

  get deadlineMs(): number {
    const { nowMs, picker, peers } = this.#scene;
    let deadlineMs = this.#seat.dialReadyMs(nowMs);
    // While all places are taken nobody is dialled, whoever may be; and to look for takers every ten seconds will do.
    if (!picker.isComplete && peers.size < this.#dialledMax)
      deadlineMs = Math.min(deadlineMs, this.#book.nextMs(nowMs) ?? Number.POSITIVE_INFINITY);
    for (const peer of peers.values()) {
      deadlineMs = Math.min(deadlineMs, this.#silenceEndOf(peer));
      if (peer.isGreeted) deadlineMs = Math.min(deadlineMs, peer.lastSentMs + LIMITS.keepAliveMs);
    }
    return deadlineMs;
  }

  /**
   * The handshake has one time limit in all, so that dripping bytes does not help; after it any message counts. Who never
   * reads what it asked for is silent, too, whatever it says: it keeps a full buffer here.
   */
  #silenceEndOf(peer: Peer): number {
    if (peer.isGreeted)
      return Math.min(peer.lastReceivedMs, peer.crowdedSinceMs ?? this.#scene.nowMs) + LIMITS.idleTimeoutMs;
    return peer.openedMs + (peer.isConnected ? LIMITS.handshakeTimeoutMs : LIMITS.dialTimeoutMs);
  }

  /** Others in the session have less than their share: whoever is worth least goes. */
  makeRoom(): void {
    const worst = this.#worstOf([...this.#scene.peers.values()].filter((peer) => !this.#scene.isDoomed(peer)));
    if (worst !== undefined) this.#scene.doom(worst, 'no-room', '');
  }

  /** Every ten seconds: what each was worth. */
  noteScores(): void {
    const { peers, nowMs } = this.#scene;
    for (const { isGreeted, score, received, sent } of peers.values()) {
      if (isGreeted) score.noteRates(received.perSecond(nowMs), sent.perSecond(nowMs), nowMs);
    }
  }

  /**
   * When all places are taken: whoever gives and takes nothing goes for a newcomer, when it is worth less than somebody unknown.
   * While nobody gives us anything, who has nothing for us is worth no more: the newcomer may be the only one that has.
   */
  #replaceUseless(): boolean {
    const { peers, nowMs } = this.#scene;
    if (nowMs < this.#lastReplacedMs + LIMITS.rechokeMs) return false;
    const isStarving = this.#isStarving;
    const useless = [...peers.values()].filter(
      (peer) =>
        peer.isGreeted &&
        !this.#scene.isDoomed(peer) &&
        peer.received.perSecond(nowMs) + peer.sent.perSecond(nowMs) === 0 &&
        ((isStarving && !peer.link.local.interested && nowMs - peer.openedMs >= LIMITS.rechokeMs) ||
          peer.score.at(nowMs) <= -LIMITS.scoreMargin),
    );
    const worst = this.#worstOf(useless);
    if (worst === undefined) return false;
    this.#lastReplacedMs = nowMs;
    this.#scene.doom(worst, 'replaced', '');
    return true;
  }

  #worstOf(peers: readonly Peer[]): Peer | undefined {
    const { nowMs } = this.#scene;
    return peers.reduce<Peer | undefined>(
      (worst, peer) => (worst === undefined || peer.score.at(nowMs) < worst.score.at(nowMs) ? peer : worst),
      undefined,
    );
  }

  /** BEP 52, upgrade path: who calls a hybrid by its v1 hash and knows version 2 is answered with the v2 one. */
  #nameFor({ infoHash, reserved }: Handshake): readonly [infoHash: Uint8Array, isV2: boolean] {
    const { infoHashV2 } = this.#options;
    if (infoHashV2 === undefined) return [infoHash, false];
    const isV2 = parseReserved(reserved).v2 || sameBytes(infoHash, infoHashV2);
    return [isV2 ? infoHashV2 : infoHash, isV2];
  }

  #meet(key: PeerKey, address: PeerAddress, origin: 'dialed' | 'accepted', infoHash: Uint8Array, isV2: boolean): Peer {
    const { peerId, geometry, infoHash: firstName, infoHashV2 } = this.#options;
    const otherName = infoHashV2 !== undefined && sameBytes(infoHash, firstName) ? infoHashV2 : firstName;
    const link = new PeerLink({
      infoHash,
      peerId,
      torrent: geometry,
      upgradedInfoHash: otherName,
      offers: { v2: isV2 && infoHashV2 !== undefined },
      extensions: this.#offers,
      requestQueue: LIMITS.uploadQueueMax,
    });
    const peer = new Peer(key, address, origin, link, this.#book.scoreOf(address), this.#scene.nowMs);
    this.#scene.peers.set(key, peer);
    return peer;
  }

  /** Whether somebody else at its address has all the connections that one host may have. */
  #isCrowdedHost(peer: Peer, peerId: Uint8Array): boolean {
    const { host } = peer.address;
    const countMax =
      this.#options.peersPerHostMax ?? (reachOf(host) === 'global' ? LIMITS.peersPerHostMax : Number.POSITIVE_INFINITY);
    let count = 0;
    for (const other of this.#scene.peers.values()) {
      if (other === peer || !other.isGreeted || other.address.host !== host) continue;
      if (!sameBytes(other.peerId, peerId)) count++;
    }
    return count >= countMax;
  }

  #sameAs(peer: Peer): Peer | undefined {
    for (const other of this.#scene.peers.values()) {
      if (other !== peer && other.isGreeted && sameBytes(other.peerId, peer.peerId)) return other;
    }
    return undefined;
  }

  /**
   * Two connections with one peer. When each side has dialled the other, the one stays that was dialled by the greater peer id:
   * both sides come to that without a word. Otherwise the first one stays.
   */
  #loserOf(peer: Peer, other: Peer): Peer {
    if (peer.origin === other.origin) return peer;
    const survives = isGreater(this.#options.peerId, peer.peerId) ? 'dialed' : 'accepted';
    return peer.origin === survives ? other : peer;
  }

  /** The place of the connection that goes is that of the one that stays: it need not be dialled again. */
  #merge(loser: Peer, winner: Peer): void {
    winner.places.push(...loser.places.splice(0));
    this.#scene.doom(loser, 'already-connected', '');
  }

  #sendAvailability(peer: Peer): void {
    const { have } = this.#scene.picker;
    if (peer.link.isFast && have.isFull) this.#scene.send(peer, { type: 'have-all' });
    else if (peer.link.isFast && have.isEmpty) this.#scene.send(peer, { type: 'have-none' });
    else if (!have.isEmpty) this.#scene.send(peer, { type: 'bitfield', bits: have.toWire() });
  }
}

/** Whether its address is worth another dial soon. Who greets and goes again, each time, is of no more use than who is not there. */
function outcomeOf({ isGreeted, received, sent, openedMs }: Peer, nowMs: number): DialOutcome {
  if (!isGreeted) return 'failed';
  const wasOfUse = received.total + sent.total > 0 || nowMs - openedMs >= LIMITS.idleTimeoutMs;
  return wasOfUse ? 'worked' : 'useless';
}

function isGreater(one: Uint8Array, other: Uint8Array): boolean {
  const index = one.findIndex((byte, at) => byte !== other[at]);
  return index !== -1 && one[index]! > other[index]!;
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
