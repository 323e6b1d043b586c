import { LIMITS, type PeerAddress, type PeerKey } from '@unchoke/client';
import { type Parcel, VirtualSocket } from './virtual-socket.js';
import type { VirtualTime } from './virtual-time.js';
import { ID } from './wire-record.js';

/** What a host sends in one go: a block and its header. A socket with more waits for its next turn. */
const TURN_BYTES = 16_397;
/** Smaller than this, a message does not wait behind the blocks of other connections. */
const SMALL_BYTES = 256;

/** What somebody at an address is told by the network. */
export interface HostListener {
  opened(socket: VirtualSocket): void;
  /** The bytes are those of one or more parcels, and only valid during the call. */
  received(socket: VirtualSocket, parcels: readonly Parcel[]): void;
  crowded(socket: VirtualSocket): void;
  drained(socket: VirtualSocket): void;
  closed(socket: VirtualSocket, reason: 'dial-failed' | 'remote-closed'): void;
}

/** An address, the line behind it, and who listens there. */
export class Host {
  readonly address: PeerAddress;
  readonly listener: HostListener;
  /** Bytes a millisecond. */
  readonly upRate: number;
  readonly downRate: number;
  readonly latencyMs: number;
  readonly sockets: Set<VirtualSocket> = new Set();
  isOnline = true;
  /** Hosts of different sides cannot reach each other. */
  side = 0;
  /** While it is clogged nothing that is sent to it arrives. */
  clogs = 0;
  readonly ready: VirtualSocket[] = [];
  isSending = false;
  /** Small messages went first; blocks pay for their time. */
  upDebtMs = 0;
  downFreeMs = 0;
  sentBytes = 0;

  constructor(
    address: PeerAddress,
    line: { readonly upRate: number; readonly downRate: number; readonly latencyMs: number },
    listener: HostListener,
  ) {
    this.address = address;
    this.upRate = line.upRate;
    this.downRate = line.downRate;
    this.latencyMs = line.latencyMs;
    this.listener = listener;
  }
}

/** Lines with a latency and a bandwidth, and sockets between them: everything arrives in order, or not at all. */
export class VirtualNetwork {
  readonly #time: VirtualTime;
  readonly #randomBelow: (bound: number) => number;
  readonly #pieceCount: number;
  /** A have waits this long for company: nothing else is less worth a packet of its own. */
  readonly #haveDelayMs: number;
  readonly #hosts = new Map<string, Host>();
  jitterMs: number;

  constructor(
    time: VirtualTime,
    randomBelow: (bound: number) => number,
    terms: { readonly pieceCount: number; readonly haveDelayMs: number; readonly jitterMs: number },
  ) {
    this.#time = time;
    this.#randomBelow = randomBelow;
    this.#pieceCount = terms.pieceCount;
    this.#haveDelayMs = terms.haveDelayMs;
    this.jitterMs = terms.jitterMs;
  }

  get hosts(): Iterable<Host> {
    return this.#hosts.values();
  }

  add(host: Host): void {
    this.#hosts.set(host.address.host, host);
  }

  /** The answer comes after a round trip, or never: a host on another side of a partition says nothing at all. */
  dial(from: Host, key: PeerKey, address: PeerAddress): VirtualSocket {
    const socket = new VirtualSocket(from, key, 'dialed', this.#pieceCount);
    from.sockets.add(socket);
    const to = this.#hosts.get(address.host);
    const isListening = to?.isOnline === true && to.address.port === address.port;
    if (isListening && to.side !== from.side) return socket;
    const roundTripMs = 2 * this.#latencyBetween(from, to ?? from);
    this.#time.after(roundTripMs, () => {
      if (socket.isClosed) return;
      if (!isListening || !to.isOnline) this.#end(socket, 'dial-failed');
      else this.#connect(socket, to);
    });
    return socket;
  }

  send(socket: VirtualSocket, parcel: Parcel): void {
    if (socket.isClosed) return;
    const { host } = socket;
    const length = lengthOf(parcel);
    const isSmall = length <= SMALL_BYTES;
    if (isSmall && socket.unsent.length === 0 && !(this.#haveDelayMs > 0 && isHave(parcel))) {
      host.upDebtMs += length / host.upRate;
      this.#depart(socket, [parcel], length, 0);
      return;
    }
    socket.unsent.push(parcel);
    socket.unsentBytes += length;
    if (!socket.isCrowded && socket.unsentBytes > LIMITS.unsentBytesMax) {
      socket.isCrowded = true;
      host.listener.crowded(socket);
    }
    if (!isHave(parcel) || this.#haveDelayMs === 0) this.#makeReady(socket);
    else if (socket.unsent.length === 1) this.#time.after(this.#haveDelayMs, () => this.#makeReady(socket));
  }

  /** Closed from this end: what was not sent is dropped, and the other end hears of it. */
  close(socket: VirtualSocket): void {
    if (socket.isClosed) return;
    this.#drop(socket);
    const { remote } = socket;
    if (remote === undefined || remote.isClosed) return;
    const atMs = this.#arrivalMs(socket, 0);
    this.#time.at(atMs, () => this.#arrive(remote, () => this.#end(remote, 'remote-closed')));
  }

  /** The line fails: both ends learn it, and what was under way is lost. */
  reset(socket: VirtualSocket): void {
    const { remote } = socket;
    if (socket.isClosed) return;
    this.#end(socket, 'remote-closed');
    if (remote !== undefined) this.#end(remote, 'remote-closed');
  }

  /** Power is gone: the host says nothing more, the others find out after a while. */
  unplug(host: Host, noticeMs: number): void {
    host.isOnline = false;
    for (const socket of [...host.sockets]) {
      this.#drop(socket);
      const { remote } = socket;
      if (remote !== undefined) this.#time.after(noticeMs, () => this.#end(remote, 'remote-closed'));
    }
  }

  clog(target: Host | VirtualSocket): void {
    target.clogs++;
  }

  unclog(target: Host | VirtualSocket): void {
    target.clogs--;
    if (target.clogs > 0) return;
    for (const socket of target instanceof VirtualSocket ? [target] : [...target.sockets]) this.#release(socket);
  }

  /** Splits the hosts into two sides, and clogs every connection between them. */
  partition(hosts: readonly Host[], side: number): () => void {
    for (const host of hosts) host.side = side;
    const cut = new Set<VirtualSocket>();
    for (const host of hosts) {
      for (const socket of host.sockets) {
        if (socket.remote === undefined || socket.remote.host.side === side) continue;
        cut.add(socket).add(socket.remote);
      }
    }
    for (const socket of cut) this.clog(socket);
    return () => {
      for (const host of hosts) host.side = 0;
      for (const socket of cut) this.unclog(socket);
    };
  }

  #connect(socket: VirtualSocket, to: Host): void {
    const other = new VirtualSocket(to, undefined, 'accepted', this.#pieceCount);
    socket.remote = other;
    other.remote = socket;
    to.sockets.add(other);
    socket.host.listener.opened(socket);
  }

  #makeReady(socket: VirtualSocket): void {
    if (socket.isQueued || socket.isClosed || socket.unsent.length === 0) return;
    socket.isQueued = true;
    socket.host.ready.push(socket);
    this.#pump(socket.host);
  }

  /** Every connection with something to send has its turn, one after the other. */
  #pump(host: Host): void {
    while (!host.isSending) {
      const socket = host.ready.shift();
      if (socket === undefined) return;
      socket.isQueued = false;
      if (socket.isClosed) continue;
      host.isSending = true;
      const parcels: Parcel[] = [];
      let length = 0;
      while (socket.unsent.length > 0 && (length === 0 || length + lengthOf(socket.unsent[0]!) <= TURN_BYTES)) {
        const parcel = socket.unsent.shift()!;
        parcels.push(parcel);
        length += lengthOf(parcel);
      }
      socket.unsentBytes -= length;
      const busyMs = length / host.upRate + host.upDebtMs;
      host.upDebtMs = 0;
      this.#depart(socket, parcels, length, busyMs);
      if (socket.unsent.length > 0) this.#makeReady(socket);
      else if (socket.isCrowded) {
        socket.isCrowded = false;
        host.listener.drained(socket);
      }
      this.#time.after(busyMs, () => {
        host.isSending = false;
        this.#pump(host);
      });
    }
  }

  #depart(socket: VirtualSocket, parcels: readonly Parcel[], length: number, busyMs: number): void {
    const { remote, host } = socket;
    host.sentBytes += length;
    const downMs = length / remote.host.downRate;
    let atMs = this.#arrivalMs(socket, busyMs);
    if (downMs > 0) {
      atMs = Math.max(atMs, remote.host.downFreeMs) + downMs;
      remote.host.downFreeMs = atMs;
      socket.lastArrivalMs = atMs;
    }
    this.#time.at(atMs, () => {
      if (isHeld(remote)) this.#arrive(remote, () => remote.host.listener.received(remote, parcels));
      else if (!remote.isClosed) remote.host.listener.received(remote, parcels);
    });
  }

  #arrivalMs(socket: VirtualSocket, busyMs: number): number {
    const { remote, host } = socket;
    const jitterMs = this.jitterMs > 0 ? this.#randomBelow(this.jitterMs + 1) : 0;
    const atMs = this.#time.nowMs + busyMs + this.#latencyBetween(host, remote.host) + jitterMs;
    socket.lastArrivalMs = Math.max(socket.lastArrivalMs, atMs);
    return socket.lastArrivalMs;
  }

  #arrive(socket: VirtualSocket, happen: () => void): void {
    if (socket.isClosed) return;
    if (isHeld(socket)) socket.held.push(happen);
    else happen();
  }

  #release(socket: VirtualSocket): void {
    while (socket.held.length > 0 && socket.clogs === 0 && socket.host.clogs === 0) {
      const happen = socket.held.shift()!;
      if (!socket.isClosed) happen();
    }
  }

  #end(socket: VirtualSocket, reason: 'dial-failed' | 'remote-closed'): void {
    if (socket.isClosed) return;
    this.#drop(socket);
    socket.host.listener.closed(socket, reason);
  }

  #drop(socket: VirtualSocket): void {
    socket.isClosed = true;
    socket.host.sockets.delete(socket);
    socket.unsent.length = 0;
    socket.unsentBytes = 0;
    socket.held.length = 0;
  }

  #latencyBetween(one: Host, other: Host): number {
    return one.latencyMs + other.latencyMs;
  }
}

/** What comes now has to wait, behind what waits already. */
function isHeld(socket: VirtualSocket): boolean {
  return socket.clogs > 0 || socket.host.clogs > 0 || socket.held.length > 0;
}

function isHave({ bytes, payload }: Parcel): boolean {
  return payload === undefined && bytes.length === 9 && bytes[4] === ID.have;
}

export function lengthOf({ bytes, payload }: Parcel): number {
  return bytes.length + (payload?.length ?? 0);
}
