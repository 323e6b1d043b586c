import type { PeerAddress, PeerKey, Torrent, TorrentAction, TorrentEvent, TorrentNotice } from '@unchoke/client';
import type { Block, PieceIndex } from '@unchoke/pieces';
import type { Content } from './content.js';
import type { Cores } from './cores.js';
import { type DiskLife, MemberDisk } from './member-disk.js';
import type { Monitor } from './monitor.js';
import { beginsComplete, type Role, tamperBlock, tamperParcel } from './role.js';
import type { Trace } from './trace.js';
import { type Host, type HostListener, lengthOf, type VirtualNetwork } from './virtual-network.js';
import type { Parcel, VirtualSocket } from './virtual-socket.js';
import type { VirtualTime } from './virtual-time.js';
import type { VirtualTracker } from './virtual-tracker.js';

/** What all members share. */
export interface World {
  readonly cores: Cores;
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly network: VirtualNetwork;
  readonly trackers: readonly VirtualTracker[];
  readonly content: Content;
  readonly monitor: Monitor;
  readonly infoHash: Uint8Array;
  /** Chance of everything that is not a decision of a torrent. */
  readonly randomBelow: (bound: number) => number;
  readonly nextPeerKey: () => PeerKey;
  readonly terms: MemberTerms;
}

/** What the members of a run have in common. */
export interface MemberTerms {
  readonly peersMax: number;
  readonly uploadSlots: number;
  readonly strategy: 'rarest-first' | 'sequential' | 'random';
  /** One chunk in so many is cut into pieces before it is delivered; 0 for none. */
  readonly cutOneIn: number;
  /** A timer may fire so much too late, as timers do. */
  readonly timerSlackMs: number;
  readonly diskMs: number;
  readonly flushMs: number;
}

/** Bytes that were delivered are overwritten with these at once: whoever kept a view of them will be found out. */
const STALE_BYTE = 0xee;
const SHORT_BYTES = 32;
let readBuffer = new Uint8Array(65_536);

/** One peer: the real torrent at a virtual edge. What the edge of the client does with sockets and files, this does in memory. */
export class Member implements HostListener {
  readonly index: number;
  readonly role: Role;
  readonly world: World;
  readonly peerId: Uint8Array;
  host!: Host;
  torrent: Torrent | undefined;
  disk: MemberDisk;
  readonly sockets: Map<PeerKey, VirtualSocket> = new Map();
  /** Pieces that were false once. */
  readonly rejected: Set<PieceIndex> = new Set();
  /** Pieces that could be asked of one peer more, since when, and whether some block of theirs was asked of nobody. */
  readonly askable: Map<PieceIndex, { readonly sinceMs: number; readonly isFree: boolean }> = new Map();
  /** A piece of its disk was wrong once, and it may have been blamed for that. */
  hasRotted = false;
  isBlamed = false;
  readonly #randomBelow: (bound: number) => number;
  readonly #waiting: TorrentEvent[] = [];
  #isDelivering = false;
  #isReceiving = false;
  #wakeMs = Number.POSITIVE_INFINITY;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #lives = 0;

  constructor(index: number, role: Role, world: World, randomBelow: (bound: number) => number) {
    this.index = index;
    this.role = role;
    this.world = world;
    this.#randomBelow = randomBelow;
    this.peerId = peerIdOf(index);
    this.disk = new MemberDisk(world.content, this.#diskLife());
    if (beginsComplete(role)) this.disk.fill();
  }

  get name(): string {
    return `member ${this.index} (${this.role})`;
  }

  get isComplete(): boolean {
    return this.torrent?.inside.picker.isComplete === true;
  }

  /** The run is not over without it. Whom others banned for what its disk had made of a piece may have nobody left to ask. */
  get isAwaited(): boolean {
    return this.role === 'leech' && !this.isComplete && !this.isBlamed;
  }

  /** Begins, or begins again with what is on disk. */
  start(knows: readonly PeerAddress[]): void {
    const { cores, terms, nextPeerKey, trackers, content } = this.world;
    const { pieceCount, totalLength, pieceLength } = content.geometry;
    const have = cores.Bitfield.empty(pieceCount);
    for (let piece = 0; piece < pieceCount; piece++) if (this.disk.has(piece)) have.add(piece as PieceIndex);
    const isRandom = terms.strategy === 'random';
    this.#lives++;
    this.host.isOnline = true;
    this.torrent = new cores.Torrent({
      infoHash: this.world.infoHash,
      peerId: this.peerId,
      port: this.host.address.port,
      geometry: new cores.Geometry({ totalLength, pieceLength }),
      have,
      partials: this.disk.partials(),
      announcer: { tiers: trackers.map(({ url }) => [url]), port: this.host.address.port },
      picker: isRandom ? { randomFirstPieces: pieceCount } : { strategy: terms.strategy as 'rarest-first' },
      uploadSlots: terms.uploadSlots,
      peersMax: terms.peersMax,
      nextPeerKey,
      randomBelow: this.#randomBelow,
    });
    this.deliver({ type: 'torrent-started' });
    if (knows.length > 0) this.deliver({ type: 'peers-found', addresses: knows });
  }

  /** The power goes: nothing is said to anybody, and only what is durable stays. */
  crash(): void {
    this.torrent = undefined;
    this.#lives++;
    this.#wakeMs = Number.POSITIVE_INFINITY;
    this.#waiting.length = 0;
    this.sockets.clear();
    this.world.network.unplug(this.host, 1 + this.world.randomBelow(20_000));
    this.disk.crash(this.#diskLife());
  }

  /** Somebody deletes files of its. */
  lose(pieces: readonly PieceIndex[]): void {
    for (const [key, { record }] of this.sockets) {
      const canSay = this.torrent?.inside.peers.get(key)?.link.remote.extensions.has('lt_donthave') === true;
      if (!canSay) for (const piece of pieces) record.unsayable.add(piece);
    }
    this.disk.lose(pieces);
  }

  /** Its disk changes a piece that was verified, and nobody notices. */
  rot(piece: PieceIndex): void {
    if (this.disk.rot(piece)) this.hasRotted = true;
  }

  /** It looks at its files again. */
  findRot(): void {
    this.lose(this.disk.rotten);
  }

  deliver(event: TorrentEvent): void {
    const { torrent } = this;
    if (torrent === undefined) return;
    this.#waiting.push(event);
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    const { time, monitor } = this.world;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#note(next);
      for (const action of torrent.handle(next, time.nowMs)) this.#perform(torrent, action);
      monitor.handled(this, torrent, next);
    }
    this.#isDelivering = false;
    if (this.torrent !== torrent) return;
    if (!this.#isReceiving) monitor.settled(this, torrent);
    this.#wake(torrent);
  }

  // --- what the network tells --------------------------------------------------------------------------------------

  opened(socket: VirtualSocket): void {
    this.deliver({ type: 'socket-opened', peer: socket.key! });
  }

  received(socket: VirtualSocket, parcels: readonly Parcel[]): void {
    const { monitor, terms, randomBelow } = this.world;
    const length = gather(parcels);
    const isCut = terms.cutOneIn > 0 && randomBelow(terms.cutOneIn) === 0;
    this.#isReceiving = true;
    for (let at = 0; at < length && !socket.isClosed; ) {
      const size = isCut ? 1 + randomBelow(length - at) : length - at;
      this.#take(socket, at, at + size);
      at += size;
    }
    this.#isReceiving = false;
    readBuffer.fill(STALE_BYTE, 0, length);
    if (!socket.isClosed) monitor.heard(this, socket, parcels);
    if (this.torrent !== undefined) monitor.settled(this, this.torrent);
  }

  crowded(socket: VirtualSocket): void {
    if (socket.key !== undefined) this.deliver({ type: 'socket-crowded', peer: socket.key });
  }

  drained(socket: VirtualSocket): void {
    if (socket.key !== undefined) this.deliver({ type: 'socket-drained', peer: socket.key });
  }

  closed(socket: VirtualSocket, reason: 'dial-failed' | 'remote-closed'): void {
    if (socket.key === undefined) return;
    this.sockets.delete(socket.key);
    this.deliver({ type: 'socket-closed', peer: socket.key, reason });
  }

  /** Of a stranger the handshake is read first, as the listener of the client does. */
  #take(socket: VirtualSocket, start: number, end: number): void {
    let from = start;
    if (socket.key === undefined) {
      from += socket.greeting.push(readBuffer.subarray(start, end));
      const { handshake } = socket.greeting;
      if (socket.greeting.violation !== undefined) this.world.network.close(socket);
      if (handshake === undefined) return;
      socket.key = this.world.nextPeerKey();
      this.sockets.set(socket.key, socket);
      const { host } = socket.remote.host.address;
      // A port that was lent for one connection: nobody listens there.
      const address = { host, port: 49_152 + (socket.key % 16_384) };
      this.deliver({ type: 'peer-accepted', peer: socket.key, address, handshake });
    }
    if (from < end && !socket.isClosed) {
      this.deliver({ type: 'bytes-received', peer: socket.key, bytes: readBuffer.subarray(from, end) });
    }
  }

  // --- what the torrent wants --------------------------------------------------------------------------------------

  #perform(torrent: Torrent, action: TorrentAction): void {
    const { network, monitor } = this.world;
    switch (action.type) {
      case 'open-socket':
        this.sockets.set(action.peer, network.dial(this.host, action.peer, action.address));
        break;
      case 'send-bytes':
        this.#send(action.peer, { bytes: action.bytes, payload: action.payload, isGarbled: false });
        break;
      case 'close-socket': {
        const socket = this.sockets.get(action.peer);
        this.sockets.delete(action.peer);
        if (socket !== undefined) network.close(socket);
        break;
      }
      case 'store-block':
        monitor.stores(this, action.block);
        this.disk.store(action.block, action.bytes);
        break;
      case 'verify-piece':
        this.disk.verify(action.piece, action.blockDigests);
        break;
      case 'load-block':
        this.disk.load(action.peer, action.block);
        break;
      case 'announce':
        this.#announce(torrent, action.announce);
        break;
      case 'cancel-announce':
      case 'drop-block':
        break;
      case 'notify':
        this.#notice(action.notice);
        break;
      default:
        action satisfies never;
    }
  }

  #send(peer: PeerKey, meant: Parcel): void {
    const socket = this.sockets.get(peer);
    if (socket === undefined) return;
    const parcel = tamperParcel(this.role, meant, this.world.randomBelow);
    if (parcel === undefined) return;
    this.world.trace.note(this.world.time.nowMs, this.index, 'sends', peer, lengthOf(parcel));
    this.world.monitor.sends(this, socket, parcel);
    this.world.network.send(socket, parcel);
  }

  #announce(torrent: Torrent, action: Extract<TorrentAction, { type: 'announce' }>['announce']): void {
    const tracker = this.world.trackers.find(({ url }) => url === action.url)!;
    const { infoHash, monitor } = this.world;
    const { address } = this.host;
    const lives = this.#lives;
    monitor.announces(this, action);
    tracker.announce(action, { infoHash, peerId: this.peerId, address, left: torrent.totals.left }, (event) => {
      if (lives !== this.#lives) return;
      if (event.type === 'announce-answered') monitor.isAnswered(this, action.url);
      this.deliver({ type: 'tracker-answered', event });
    });
  }

  #notice(notice: TorrentNotice): void {
    this.world.trace.note(this.world.time.nowMs, this.index, notice.type, 'peer' in notice ? notice.peer : 0, 0);
    this.world.monitor.notices(this, notice);
  }

  /** The disk answers as the storage of the client would. */
  #diskLife(): DiskLife {
    const { time, terms, randomBelow } = this.world;
    const lives = this.#lives + 1;
    const deliver = (event: TorrentEvent): void => {
      if (lives === this.#lives) this.deliver(event);
    };
    return {
      time,
      diskMs: terms.diskMs,
      flushMs: terms.flushMs,
      randomBelow,
      deliver,
      serve: (block: Block, bytes: Uint8Array) => tamperBlock(this.role, block, bytes, randomBelow),
    };
  }

  /** Sees to it that `time-passed` comes in time; looking for when that is costs, so not more often than the slack allows. */
  #wake(torrent: Torrent): void {
    const { time, terms } = this.world;
    if (time.nowMs < this.#lookedMs + terms.timerSlackMs) {
      this.#sleepUntil(this.#lookedMs + terms.timerSlackMs, false);
      return;
    }
    this.#lookedMs = time.nowMs;
    const { deadlineMs } = torrent;
    if (deadlineMs !== undefined) this.#sleepUntil(Math.max(deadlineMs, time.nowMs + 1), true);
  }

  #sleepUntil(atMs: number, isDue: boolean): void {
    if (this.#wakeMs <= atMs) return;
    this.#wakeMs = atMs;
    const lives = this.#lives;
    this.world.time.at(atMs, () => {
      if (this.#wakeMs !== atMs || lives !== this.#lives) return;
      this.#wakeMs = Number.POSITIVE_INFINITY;
      this.#lookedMs = Number.NEGATIVE_INFINITY;
      if (isDue) this.deliver({ type: 'time-passed' });
      else if (this.torrent !== undefined) this.#wake(this.torrent);
    });
  }

  #note(event: TorrentEvent): void {
    const { trace, time } = this.world;
    const detail = event.type === 'bytes-received' ? event.bytes.length : 'piece' in event ? event.piece : 0;
    trace.note(time.nowMs, this.index, event.type, 'peer' in event ? event.peer : 0, detail);
  }
}

/** Puts the bytes one after the other, where everything that arrives is put. */
function gather(parcels: readonly Parcel[]): number {
  let length = 0;
  for (const parcel of parcels) length += lengthOf(parcel);
  if (length > readBuffer.length) readBuffer = new Uint8Array(2 * length);
  let at = 0;
  for (const { bytes, payload } of parcels) {
    // Most are a few bytes, for which a call of `set` takes longer.
    if (bytes.length <= SHORT_BYTES)
      for (let index = 0; index < bytes.length; index++) readBuffer[at + index] = bytes[index]!;
    else readBuffer.set(bytes, at);
    at += bytes.length;
    if (payload === undefined) continue;
    readBuffer.set(payload, at);
    at += payload.length;
  }
  return length;
}

function peerIdOf(index: number): Uint8Array {
  return Uint8Array.from(`-UM0001-${String(index).padStart(12, '0')}`, (character) => character.charCodeAt(0));
}
