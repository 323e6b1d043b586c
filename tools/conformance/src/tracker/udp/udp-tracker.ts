import { createSocket, type Socket } from 'node:dgram';
import type { Kit } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import { compactPeers, randomText, textOf } from '../bytes.js';
import type { KnownTorrents } from '../known-torrents.js';
import { ANSWER_MS } from '../limits.js';
import type { TrackerAddress } from '../subject.js';

/** Events of BEP 15 by their numbers. */
export const EVENT = { none: 0, completed: 1, started: 2, stopped: 3 } as const;

/** What an announce says; whatever is missing is said as an ordinary client would. */
export interface UdpAnnounce {
  readonly infoHash: Uint8Array;
  readonly peerId?: Uint8Array;
  readonly port?: number;
  readonly left?: bigint;
  readonly event?: number;
  readonly numWant?: number;
  readonly key?: number;
  readonly address?: number;
}

/** An announce reply, in its parts. */
export interface UdpAnnounceReply {
  readonly interval: number;
  readonly leechers: number;
  readonly seeders: number;
  readonly peers: readonly string[];
  /** Bytes behind the last whole peer. */
  readonly restBytes: number;
}

/** How to open a port. */
export interface OpenOptions {
  readonly known?: KnownTorrents | undefined;
  /** Another address of this machine. */
  readonly from?: string;
}

export const ACTION = { connect: 0, announce: 1, scrape: 2, error: 3 } as const;
const PROTOCOL_ID = 0x417_2710_1980n;
/** A datagram may be lost, even on a loaded machine's loopback: it is sent again, as BEP 15 has it, but sooner. */
const SENDS_MAX = 3;

/** A tracker over UDP, spoken to by hand from one port. */
export class UdpTracker {
  readonly address: TrackerAddress;
  readonly kit: Kit;
  readonly #known: KnownTorrents | undefined;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (packet: Buffer) => void>();
  readonly #family: 4 | 6;
  readonly #refused: Promise<undefined>;
  #received: Buffer[] = [];
  #nextPort: number;

  private constructor(address: TrackerAddress, kit: Kit, known: KnownTorrents | undefined) {
    this.address = address;
    this.#known = known;
    this.kit = kit;
    this.#family = address.host.includes(':') ? 6 : 4;
    this.#nextPort = 10_000 + kit.randomBelow(40_000);
    this.#socket = createSocket(this.#family === 4 ? 'udp4' : 'udp6');
    this.#socket.on('message', (packet) => this.#take(packet));
    this.#refused = new Promise((resolve) => {
      this.#socket.on('error', () => resolve(undefined));
    });
    kit.onClose(() => void this.#socket.close());
  }

  /** Opens a port. */
  static async open(address: TrackerAddress, kit: Kit, { known, from }: OpenOptions = {}): Promise<UdpTracker> {
    const tracker = new UdpTracker(address, kit, known);
    await new Promise<void>((resolve, reject) => {
      tracker.#socket.once('error', reject);
      // Connected, so that the system tells of a port that nobody listens on.
      tracker.#socket.bind(0, from, () => tracker.#socket.connect(address.port, address.host, resolve));
    });
    return tracker;
  }

  newTorrent(): Buffer {
    const listed = this.#known === undefined ? randomText(20, this.kit.randomBelow) : this.#known.take();
    return Buffer.from(listed ?? notApplicable('the list of torrents that it knows is used up'), 'latin1');
  }

  newPeerId(): Buffer {
    return Buffer.from(randomText(20, this.kit.randomBelow), 'latin1');
  }

  newPort(): number {
    return this.#nextPort++;
  }

  newTransaction(): number {
    return this.kit.randomBelow(0x1_0000_0000);
  }

  /** Every packet that came, also unasked. */
  get received(): readonly Buffer[] {
    return this.#received;
  }

  send(packet: Uint8Array): void {
    this.kit.log({ sent: Buffer.from(packet).toString('hex').slice(0, 400) });
    this.#socket.send(packet);
  }

  /** Sends a request until an answer with its transaction id comes; `undefined` when none does. */
  async ask(packet: Uint8Array, transaction: number): Promise<Buffer | undefined> {
    for (let sent = 0; sent < SENDS_MAX; sent++) {
      const answer = await this.#answerTo(packet, transaction);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  /** A connect request, sent once; a port that nobody listens on is found out at once, where the system tells it. */
  askOnce(transaction: number): Promise<Buffer | undefined> {
    return Promise.race([this.#answerTo(connectRequest(transaction), transaction), this.#refused]);
  }

  async connect(): Promise<bigint> {
    const transaction = this.newTransaction();
    const answer = await this.ask(connectRequest(transaction), transaction);
    if (answer === undefined) return fail('it did not answer a connect request');
    if (answer.readUInt32BE(0) !== ACTION.connect) fail(`it answered a connect request with ${shownPacket(answer)}`);
    if (answer.length < 16) fail(`its connect reply has ${answer.length} bytes`);
    return answer.readBigUInt64BE(8);
  }

  /** Announces, connecting first unless told the connection id; an error is a failure of the case. */
  async announce(announce: UdpAnnounce, connection?: bigint): Promise<UdpAnnounceReply> {
    if (this.#known?.has(textOf(announce.infoHash)) === false) notApplicable('it only takes torrents that it knows');
    const transaction = this.newTransaction();
    const id = connection ?? (await this.connect());
    const answer = await this.ask(this.announceRequest(announce, id, transaction), transaction);
    if (answer === undefined) return fail('it did not answer an announce');
    return this.readAnnounce(answer);
  }

  /** A new peer, and its port. */
  async join(
    infoHash: Uint8Array,
    more: Partial<UdpAnnounce> = {},
  ): Promise<{ readonly port: number; readonly peerId: Uint8Array }> {
    const { port = this.newPort(), peerId = this.newPeerId() } = more;
    await this.announce({ event: EVENT.started, ...more, infoHash, port, peerId });
    return { port, peerId };
  }

  /** The ports that a newcomer is told, without its own: some trackers tell everybody of everybody. */
  async portsSeen(infoHash: Uint8Array): Promise<readonly number[]> {
    const own = this.newPort();
    const { peers } = await this.announce({ infoHash, port: own });
    return peers.map((peer) => Number(peer.slice(peer.lastIndexOf(':') + 1))).filter((port) => port !== own);
  }

  announceRequest(announce: UdpAnnounce, connection: bigint, transaction: number): Buffer {
    const packet = requestHead(98, connection, ACTION.announce, transaction);
    packet.set(announce.infoHash, 16);
    packet.set(announce.peerId ?? this.newPeerId(), 36);
    packet.writeBigUInt64BE(announce.left ?? 1000n, 64);
    packet.writeUInt32BE(announce.event ?? EVENT.none, 80);
    packet.writeUInt32BE(announce.address ?? 0, 84);
    packet.writeUInt32BE(announce.key ?? this.newTransaction(), 88);
    packet.writeInt32BE(announce.numWant ?? -1, 92);
    packet.writeUInt16BE(announce.port ?? this.newPort(), 96);
    return packet;
  }

  readAnnounce(answer: Buffer): UdpAnnounceReply {
    const action = answer.readUInt32BE(0);
    if (action === ACTION.error) {
      const reason = answer.toString('latin1', 8);
      if (/not? (registered|authori[sz]ed|allowed)|unregistered|unauthori[sz]ed|access denied/i.test(reason)) {
        notApplicable(`it only takes torrents that it knows: ${reason}`);
      }
      fail(`it refused an ordinary announce: ${reason}`);
    }
    if (action !== ACTION.announce || answer.length < 20) fail(`it answered an announce with ${shownPacket(answer)}`);
    const compact = textOf(answer.subarray(20));
    const addressBytes = this.#family === 4 ? 4 : 16;
    return {
      interval: answer.readUInt32BE(8),
      leechers: answer.readUInt32BE(12),
      seeders: answer.readUInt32BE(16),
      peers: compactPeers(compact, addressBytes),
      restBytes: compact.length % (addressBytes + 2),
    };
  }

  /** It still answers. When it does, whatever was sent before has been dealt with. */
  async mustLive(): Promise<void> {
    await this.connect();
  }

  #answerTo(packet: Uint8Array, transaction: number): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const finish = (answer: Buffer | undefined): void => {
        clearTimeout(timer);
        this.#waiting.delete(transaction);
        resolve(answer);
      };
      const timer = setTimeout(() => finish(undefined), this.kit.ms(ANSWER_MS) / SENDS_MAX);
      this.#waiting.set(transaction, finish);
      this.send(packet);
    });
  }

  #take(packet: Buffer): void {
    this.kit.log({ received: packet.toString('hex').slice(0, 400) });
    this.#received.push(packet);
    if (packet.length >= 8) this.#waiting.get(packet.readUInt32BE(4))?.(packet);
  }
}

export function connectRequest(transaction: number): Buffer {
  return requestHead(16, PROTOCOL_ID, ACTION.connect, transaction);
}

export function scrapeRequest(hashes: readonly Uint8Array[], connection: bigint, transaction: number): Buffer {
  return Buffer.concat([requestHead(16, connection, ACTION.scrape, transaction), ...hashes]);
}

/** The first sixteen bytes, in a packet of this length. */
export function requestHead(length: number, first: bigint, action: number, transaction: number): Buffer {
  const packet = Buffer.alloc(length);
  packet.writeBigUInt64BE(first, 0);
  packet.writeUInt32BE(action, 8);
  packet.writeUInt32BE(transaction, 12);
  return packet;
}

export function shownPacket(packet: Buffer): string {
  return `${packet.length} bytes: ${packet.toString('hex').slice(0, 80)}`;
}
