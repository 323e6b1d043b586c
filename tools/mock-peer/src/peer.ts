import { equalBytes, toHex } from './bytes.js';
import { Conduct } from './conduct.js';
import { Downloads } from './downloads.js';
import type { PeerAction, PeerEvent } from './events.js';
import { answerMetadata, extendedHandshake, isExtended, learnExtensions, pexMessage } from './extension.js';
import { type Frame, FrameReader } from './frames.js';
import { allBits, setBit } from './holdings.js';
import { honestHandshake } from './invent.js';
import { KEEP_ALIVE_MS, PEX_INTERVAL_MS } from './limits.js';
import type { CoreOptions, Link } from './link.js';
import { decodeHandshake, decodeMessage, type Message, OUR_EXTENSIONS } from './message.js';
import { Outbox } from './outbox.js';
import { SeededRandom } from './random.js';
import { RuleBook } from './rules.js';
import { isFast, Uploads } from './uploads.js';

/**
 * One connection of a mock peer, without socket, clock or chance: events in, actions out. Whatever arrives, it never
 * throws. The same core runs over TCP and in a simulation.
 *
 * @example
 * const { torrent, content } = randomTorrent('1MiB:42');
 * const core = new MockPeerCore({
 *   ...{ torrent, content, holdings: Holdings.of(torrent, 'all'), sha1, role: 'seed', behaviour: { rules: [] } },
 *   ...{ peerId: new Uint8Array(20), origin: 'dialled', connection: 0 },
 * });
 * for (const action of core.handle({ type: 'connection-opened' }, 0)) console.log(action.type); // send-bytes: 68 of them
 * console.log(core.deadlineMs); // when to call core.handle({ type: 'time-passed' }, nowMs), if at all
 */
export class MockPeerCore {
  readonly #link: Link;
  readonly #frames = new FrameReader();
  readonly #conduct: Conduct;
  readonly #uploads: Uploads;
  readonly #downloads: Downloads;
  #nextPexMs = 0;
  #isOver = false;

  constructor(options: CoreOptions) {
    const { behaviour, connection, origin, torrent } = options;
    this.#link = newLink(options, (message) => this.#conduct.say(message));
    const book = new RuleBook(behaviour, connection, origin, torrent.pieceCount);
    this.#conduct = new Conduct(this.#link, book, (message) => this.#said(message));
    this.#uploads = new Uploads(this.#link);
    this.#downloads = new Downloads(this.#link);
  }

  handle(event: PeerEvent, nowMs: number): readonly PeerAction[] {
    const link = this.#link;
    link.nowMs = nowMs;
    link.actions = [];
    if (this.#isOver) return link.actions;
    this.#take(event);
    // Nothing is asked for any more: what was just given back must not be claimed again.
    if (this.#isOver) return link.actions;
    this.#passTime();
    this.#uploads.serve();
    this.#downloads.fill();
    link.outbox.flush(nowMs, link.actions);
    return link.actions;
  }

  /** When `time-passed` is wanted at the latest. */
  get deadlineMs(): number | undefined {
    if (this.#isOver) return undefined;
    const link = this.#link;
    const times = [link.outbox.deadlineMs, this.#conduct.deadlineMs, this.#downloads.deadlineMs];
    if (link.isReady) times.push(link.lastSaidMs + KEEP_ALIVE_MS);
    if (this.#wantsPex()) times.push(this.#nextPexMs);
    const first = Math.min(...times.map((time) => time ?? Infinity));
    return Number.isFinite(first) ? first : undefined;
  }

  /** The four flags of BEP 3, as they stand. */
  get flags(): {
    readonly amChoking: boolean;
    readonly amInterested: boolean;
    readonly peerChoking: boolean;
    readonly peerInterested: boolean;
  } {
    const { amChoking, amInterested, peerChoking, peerInterested } = this.#link;
    return { amChoking, amInterested, peerChoking, peerInterested };
  }

  /** The other side's peer id, once it greeted. */
  get remotePeerId(): Uint8Array | undefined {
    return this.#link.theirs?.peerId;
  }

  /** Bytes of blocks that were said. */
  get uploadedLength(): number {
    return this.#link.uploadedLength;
  }

  #take(event: PeerEvent): void {
    const link = this.#link;
    switch (event.type) {
      case 'connection-opened':
        link.openedMs = link.nowMs;
        this.#conduct.reach('open');
        if (link.options.origin === 'dialled') link.say(honestHandshake(link));
        return;
      case 'bytes-received':
        for (const frame of this.#frames.push(event.bytes)) this.#receive(frame);
        return;
      case 'bytes-drained':
        link.outbox.drained();
        return;
      case 'connection-closed':
        this.#isOver = true;
        this.#downloads.releaseAll();
        return;
      case 'piece-held':
        if (link.isReady) link.say({ type: 'have', piece: event.piece });
        this.#updateInterest();
        return;
      case 'pieces-released':
        return;
      case 'peers-known':
        link.knownPeers = event.peers;
        return;
      case 'told':
        this.#conduct.obey(event.doings);
        return;
      case 'time-passed':
        return;
    }
  }

  #passTime(): void {
    const link = this.#link;
    this.#conduct.tick();
    this.#downloads.expire();
    if (link.isReady && link.nowMs - link.lastSaidMs >= KEEP_ALIVE_MS) link.say({ type: 'keep-alive' });
    if (!this.#wantsPex() || link.nowMs < this.#nextPexMs) return;
    const message = pexMessage(link);
    link.knownPeers = [];
    this.#nextPexMs = link.nowMs + PEX_INTERVAL_MS;
    if (message !== undefined) link.say(message);
  }

  #wantsPex(): boolean {
    return this.#link.isReady && this.#link.knownPeers.length > 0 && this.#link.theirExtensions.has('ut_pex');
  }

  #receive(frame: Frame): void {
    const link = this.#link;
    if (link.outbox.isClosing) return;
    if (frame.type === 'stranger') {
      this.#refuseGreeting('wrong-protocol', toHex(frame.bytes.subarray(0, 20)));
      return;
    }
    if (frame.type === 'broken') {
      link.odd('broken-frame', frame.problem);
      link.outbox.close('end', frame.problem);
      return;
    }
    const message =
      frame.type === 'handshake' ? decodeHandshake(frame.bytes) : decodeMessage(frame.bytes, OUR_EXTENSIONS);
    // Before the rules, which may want to answer under the ids that were just announced.
    if (message.type === 'extended' && message.kind === 'extended-handshake') learnExtensions(link, message);
    const { isIgnored, isRefused } = this.#conduct.receive(message);
    if (!isIgnored) this.#obey(message, isRefused);
  }

  #obey(message: Message, isRefused: boolean): void {
    const link = this.#link;
    switch (message.type) {
      case 'handshake':
        this.#greeted(message);
        return;
      case 'choke':
        link.peerChoking = true;
        this.#downloads.choked();
        return;
      case 'unchoke':
        link.peerChoking = false;
        this.#downloads.unchoked();
        return;
      case 'interested':
        link.peerInterested = true;
        if (link.amChoking) link.say({ type: 'unchoke' });
        return;
      case 'not-interested':
        link.peerInterested = false;
        return;
      case 'have':
        this.#has(message.piece);
        return;
      case 'bitfield':
        this.#hasThese(message.bits);
        return;
      case 'have-all':
        link.peerBits = allBits(link.options.torrent.pieceCount);
        this.#updateInterest();
        return;
      case 'have-none':
        return;
      case 'request':
        isRefused ? this.#uploads.refuse(message) : this.#uploads.request(message);
        return;
      case 'cancel':
        this.#uploads.cancel(message);
        return;
      case 'piece':
        this.#downloads.receive(message);
        this.#updateInterest();
        return;
      case 'reject':
        this.#downloads.rejected(message);
        return;
      case 'extended':
        if (message.kind === 'metadata-request') answerMetadata(link, message, isRefused);
        return;
      case 'malformed':
        link.odd('malformed-message', `id ${message.id}, ${message.payload.length} bytes`);
        return;
      default:
        // Keep-alives, hints, DHT ports and what is not known ask for nothing.
        return;
    }
  }

  #greeted(message: Message & { readonly type: 'handshake' }): void {
    const link = this.#link;
    if (!equalBytes(message.infoHash, link.options.torrent.infoHash)) {
      this.#refuseGreeting('unknown-info-hash', toHex(message.infoHash));
      return;
    }
    link.theirs = message;
    link.notify({ type: 'handshake-received', peerId: message.peerId, reserved: message.reserved });
    if (link.options.origin === 'accepted') link.say(honestHandshake(link));
    if (link.ours === undefined) return;
    this.#open();
    link.isReady = true;
    this.#conduct.reach('ready');
  }

  #refuseGreeting(oddity: 'wrong-protocol' | 'unknown-info-hash', detail: string): void {
    this.#link.odd(oddity, detail);
    this.#link.outbox.close('end', oddity);
  }

  /** BEP 10 first, then BEP 6 or BEP 3: what is here. */
  #open(): void {
    const link = this.#link;
    const { holdings } = link.options;
    if (isExtended(link)) link.say(extendedHandshake(link));
    if (isFast(link) && holdings.isComplete) link.say({ type: 'have-all' });
    else if (isFast(link) && holdings.count === 0) link.say({ type: 'have-none' });
    else if (holdings.count > 0) link.say({ type: 'bitfield', bits: holdings.bits.slice() });
  }

  #has(piece: number): void {
    const link = this.#link;
    if (piece >= link.options.torrent.pieceCount) {
      link.odd('have-out-of-range', String(piece));
      return;
    }
    setBit(link.peerBits, piece);
    this.#updateInterest();
  }

  #hasThese(bits: Uint8Array): void {
    const link = this.#link;
    const all = allBits(link.options.torrent.pieceCount);
    if (bits.length !== all.length || bits.some((byte, i) => (byte & ~all[i]!) !== 0)) {
      link.odd('wrong-bitfield', `${bits.length} bytes for ${link.options.torrent.pieceCount} pieces`);
      return;
    }
    link.peerBits = bits.slice();
    this.#updateInterest();
  }

  /** BEP 3: interest is kept exact at all times. */
  #updateInterest(): void {
    const link = this.#link;
    if (link.options.role !== 'leech' || (!link.isReady && link.ours === undefined)) return;
    const isInterested = !link.options.holdings.isComplete && link.options.holdings.lacksAnyOf(link.peerBits);
    if (isInterested !== link.amInterested) link.say({ type: isInterested ? 'interested' : 'not-interested' });
  }

  /** A message really left. */
  #said(message: Message): void {
    const link = this.#link;
    link.lastSaidMs = link.nowMs;
    switch (message.type) {
      case 'handshake':
        link.ours = message;
        return;
      case 'choke':
        if (!link.amChoking) {
          link.amChoking = true;
          this.#uploads.forget();
        }
        return;
      case 'unchoke':
        link.amChoking = false;
        return;
      case 'piece':
        link.uploadedLength += message.block.length;
        return;
      case 'interested':
      case 'not-interested':
        link.amInterested = message.type === 'interested';
        return;
      default:
        return;
    }
  }
}

function newLink(options: CoreOptions, say: (message: Message) => void): Link {
  const link: Link = {
    options,
    say,
    outbox: new Outbox(),
    random: new SeededRandom(options.behaviour.seed ?? 1, options.connection),
    actions: [],
    nowMs: 0,
    openedMs: 0,
    lastSaidMs: 0,
    uploadedLength: 0,
    ours: undefined,
    theirs: undefined,
    isReady: false,
    amChoking: true,
    amInterested: false,
    peerChoking: true,
    peerInterested: false,
    peerBits: new Uint8Array(options.holdings.bits.length),
    theirExtensions: new Map(),
    theirPort: undefined,
    theirRequestQueue: DEFAULT_REQUEST_QUEUE,
    knownPeers: [],
    notify: (notice) => link.actions.push({ type: 'notify', notice }),
    odd: (oddity, detail) => link.notify({ type: 'oddity-seen', oddity, detail }),
  };
  return link;
}

/** What clients without a `reqq` of their own accept (libtorrent's and transmission's old default is 250). */
const DEFAULT_REQUEST_QUEUE = 250;
