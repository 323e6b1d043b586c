import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { allowedFastSet } from '../../src/client/allowed-fast.js';
import { latin1 } from '../../src/client/bencode.js';
import type { Exit, Job, RunningClient } from '../../src/client/subject.js';
import { infoBytesOf, type Read, readDict } from './bencode.js';
import { Downloads } from './downloads.js';
import type { Flaw } from './flaw.js';
import { Metadata } from './metadata.js';
import { ModelPeer } from './peer.js';
import { Pex } from './pex.js';
import { Slots } from './slots.js';
import { Store } from './store.js';
import { Trackers } from './trackers.js';

/** What a flaw makes it keep of a flood. */
const HOARD_BYTES = 256 * 1024 * 1024;
/** Connections from one address. */
const PER_ADDRESS_MAX = 60;

/** How a model client is made. */
export interface ModelPlan {
  readonly job: Job;
  readonly flaw: Flaw;
  /** As the kit's: below 1, minutes are seconds. */
  readonly timeScale: number;
  readonly exits: boolean;
  /** Told of every kind of odd thing that it meets. */
  readonly met: (kind: string) => void;
}

/**
 * A small client that keeps every rule of the kit, except the one whose flaw it is given. Written by hand and in this
 * process, so that the tests of the kit can start hundreds of them.
 */
export class ModelClient implements RunningClient {
  readonly flaw: Flaw;
  readonly port: number;
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  readonly peers: ModelPeer[] = [];
  readonly exited: Promise<Exit>;
  readonly isSeed: boolean;
  readonly metadata: Metadata;
  readonly pex: Pex;
  infoBytes: Uint8Array | undefined;
  store: Store | undefined;
  uploaded = 0;
  downloaded = 0;
  readonly #plan: ModelPlan;
  readonly #downloads: Downloads;
  readonly #trackers: Trackers;
  readonly #slots: Slots;
  readonly #server: Server;
  readonly #timer: NodeJS.Timeout;
  readonly #banned = new Set<string>();
  readonly #dialled = new Map<string, number>();
  #end: (exit: Exit) => void = () => undefined;
  #isOver = false;
  #isEnding = false;
  #isFinished = false;
  #output = '';
  #refusal = '';
  #hoardBytes = 0;

  constructor(plan: ModelPlan) {
    const { job, flaw } = plan;
    this.#plan = plan;
    this.flaw = flaw;
    this.port = job.port;
    this.isSeed = job.mode === 'seed';
    this.exited = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.peerId = latin1(`-MC0001-${createHash('sha1').update(job.state).digest('hex').slice(0, 12)}`);
    const file = job.mode === 'magnet' ? undefined : readFileSync(job.torrentPath);
    const root = file === undefined ? undefined : readDict(file);
    const infoBytes = file === undefined ? undefined : infoBytesOf(file);
    this.infoHash =
      job.mode === 'magnet' ? hashOfMagnet(job.magnet) : createHash('sha1').update(hashed(infoBytes, flaw)).digest();
    this.#downloads = new Downloads(this);
    this.#slots = new Slots(this);
    this.metadata = new Metadata(this);
    this.pex = new Pex(this);
    this.#trackers = new Trackers(this, tiersOf(root, job, flaw));
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#server.on('error', (error) => this.crash(error));
    this.#timer = setInterval(() => this.#tick(), Math.max(5, this.ms(200)));
    if (job.mode !== 'magnet' && (root === undefined || infoBytes === undefined || !this.open(infoBytes))) {
      this.refuse(root === undefined || infoBytes === undefined ? brokenFile(file) : this.#refusal);
      return;
    }
    if (this.isSeed && (this.flaw('refuses-to-seed') || (this.flaw('refuses-damage') && !this.store?.isComplete))) {
      this.refuse('this cannot be seeded');
      return;
    }
    this.#server.listen(job.port, '127.0.0.1');
    this.#trackers.start();
  }

  ms(milliseconds: number): number {
    return milliseconds * this.#plan.timeScale;
  }

  /** As much as others take, and what a flaw makes it keep. */
  memory(): number {
    return 60 * 1024 * 1024 + this.#hoardBytes;
  }

  output(): string {
    return this.#output;
  }

  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void {
    if (name === 'SIGKILL') this.#over({ code: null, signal: 'SIGKILL' });
    else if (!this.flaw(`ignores-${name}`) && !this.#ignoresEnd()) void this.end({ code: null, signal: name });
  }

  /** Something odd that others did to it: a flaw can make it fatal. */
  odd(kind: string): void {
    this.#plan.met(kind);
    if (this.flaw(`fatal:${kind}`)) this.crash();
    if (this.flaw(`hoards:${kind}`)) this.#hoardBytes += HOARD_BYTES;
  }

  crash(error?: unknown): void {
    if (error instanceof Error) this.#output += error.stack;
    this.#over({ code: null, signal: 'SIGSEGV' });
  }

  refuse(why: string): void {
    this.odd(`refused: ${why}`);
    this.#output += why;
    this.#over({ code: 1, signal: null });
  }

  async end(exit: Exit): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    for (const peer of [...this.peers]) peer.close();
    this.#server.close();
    if (this.flaw('hangs-at-the-end')) return;
    await this.#trackers.stop();
    this.#over(exit);
  }

  #over(exit: Exit): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isEnding = true;
    clearInterval(this.#timer);
    this.#server.close();
    this.#trackers.close();
    for (const peer of [...this.peers]) peer.close();
    this.#end(exit);
  }

  #ignoresEnd(): boolean {
    const isBusy = this.peers.some(({ isGreeted }) => !isGreeted)
      ? 'half-open'
      : this.#downloads.isBusy
        ? 'downloading'
        : this.#trackers.isWaiting
          ? 'announcing'
          : 'idle';
    return this.flaw(`stays-while-${isBusy}`);
  }

  /** False when it describes nothing that can be stored. */
  open(infoBytes: Uint8Array): boolean {
    const { job } = this.#plan;
    const store = Store.open(infoBytes, job.out, join(job.state, 'pieces'), this.flaw);
    if (typeof store === 'string') {
      this.#refusal = store;
      return false;
    }
    this.infoBytes = infoBytes;
    this.store = store;
    this.#downloads.begin(store);
    if (store.isComplete) this.#isFinished = true;
    return true;
  }

  #accept(socket: Socket): void {
    const waiting = this.peers.filter(({ isGreeted }) => !isGreeted).length;
    if (this.flaw('few-connections') && ++this.#taken > 15) this.#banned.add(socket.remoteAddress ?? '');
    if (
      this.#isEnding ||
      this.#banned.has(socket.remoteAddress ?? '') ||
      (waiting >= 100 && this.flaw('few-half-open')) ||
      (this.peers.length >= 50 && this.flaw('full-of-anybody')) ||
      (!this.flaw('many-of-one-address') && this.#from(socket.remoteAddress) >= PER_ADDRESS_MAX)
    )
      socket.destroy();
    else this.peers.push(new ModelPeer(this, socket, false));
  }

  #from(address: string | undefined): number {
    return this.peers.filter(({ socket }) => socket.remoteAddress === address).length;
  }

  dial(address: string, expectedId?: string): void {
    const [host = '', port] = address.split(':');
    const tries = this.#dialled.get(address) ?? 0;
    const isSelf = host === '127.0.0.1' && Number(port) === this.port;
    if (this.#isEnding || (isSelf && !this.flaw('dials-itself')) || !isPort(Number(port)) || this.#banned.has(host))
      return;
    if (this.#isFinished && !this.flaw('seeds-dial')) return;
    if (this.peers.some((peer) => peer.remote === address)) return;
    if (tries >= 3 && !this.flaw('dials-on')) return;
    this.#dialled.set(address, tries + 1);
    const socket = connect({ host, port: Number(port) });
    const again = (): void => {
      setTimeout(
        () => this.dial(address, expectedId),
        this.flaw('dials-on') ? 5 : this.ms(5_000) * (tries + 1),
      ).unref();
    };
    socket.once('error', again);
    socket.once('connect', () => {
      socket.off('error', again);
      const peer = new ModelPeer(this, socket, true, expectedId);
      this.peers.push(peer);
      socket.once('close', again);
    });
  }

  joined(peer: ModelPeer): void {
    peer.setInterested(this.#wants(peer) || peer.amInterested);
  }

  left(peer: ModelPeer): void {
    const at = this.peers.indexOf(peer);
    if (at >= 0) this.peers.splice(at, 1);
    if (!this.flaw('forgets-the-asked')) this.#downloads.lost(peer);
    if (!this.#isEnding) {
      this.choke();
      this.fill();
    }
  }

  ban(peer: ModelPeer): void {
    this.#banned.add(peer.socket.remoteAddress ?? '');
    peer.close();
  }

  /** Interest is what it is after every message; then everybody is asked for as much as they take. */
  fill(): void {
    if (this.#isEnding) return;
    for (const peer of [...this.peers]) {
      if (!peer.isGreeted || !this.#mayAsk(peer)) continue;
      const wants = this.#wants(peer);
      if (wants || !this.flaw('stays-interested'))
        peer.setInterested((wants && !this.flaw('asks-without-interest')) || this.flaw('always-interested'));
      this.#downloads.ask(peer);
    }
  }

  #mayAsk(peer: ModelPeer): boolean {
    if (this.flaw('needs-the-tracker') && !this.#trackers.hasStarted) return false;
    if (this.flaw('one-peer-only')) this.#only ??= peer;
    return this.#only === undefined || this.#only === peer;
  }

  #only: ModelPeer | undefined;
  #taken = 0;

  #wants(peer: ModelPeer): boolean {
    const { store } = this;
    if (store === undefined) return peer.metadataSize > 0 && this.flaw('always-interested');
    return store.have.some((has, piece) => !has && peer.hasPiece(piece) && !this.#ignoresHaves(peer, piece));
  }

  #ignoresHaves(peer: ModelPeer, piece: number): boolean {
    return this.flaw('deaf-to-haves') && !peer.hasAll && piece >= 0;
  }

  received(peer: ModelPeer, piece: number, begin: number, bytes: Uint8Array): void {
    this.#downloads.received(peer, piece, begin, bytes);
  }

  refused(peer: ModelPeer, block: { piece: number; begin: number; length: number }): void {
    this.#downloads.refused(peer, block);
  }

  completedPiece(piece: number): void {
    if (!this.flaw('tells-nobody')) for (const peer of this.peers) if (peer.isGreeted) peer.say(4, piece);
    if (this.store?.isComplete !== true || this.#isFinished) return;
    this.#isFinished = true;
    this.store.finish();
    if (!this.flaw('never-completed')) this.#trackers.completed();
    if (this.#plan.exits)
      setTimeout(() => void this.end({ code: this.flaw('wrong-code') ? 3 : 0, signal: null }), this.ms(500));
  }

  sendBlock(peer: ModelPeer, { piece, begin, length }: { piece: number; begin: number; length: number }): void {
    const { store } = this;
    if (store === undefined) return;
    let bytes = store.read(piece * store.pieceLength + begin, length);
    if (this.flaw('serves-rubbish')) bytes = bytes.map((byte) => byte ^ 1);
    if (this.flaw('serves-too-much') && length < 16_384) bytes = store.read(piece * store.pieceLength + begin, 16_384);
    this.uploaded += length;
    const times = this.flaw('answers-twice') ? 2 : 1;
    for (let i = 0; i < times; i++) peer.say(7, piece, begin, bytes);
  }

  allowedFast(peer: ModelPeer): readonly number[] {
    const { store } = this;
    if (store === undefined || store.pieceCount < 50) return [];
    const set = allowedFastSet(peer.socket.remoteAddress ?? '', this.infoHash, store.pieceCount, 4);
    return this.flaw('odd-allowed-fast') ? set.map((piece) => (piece + 1) % store.pieceCount) : set;
  }

  choke(): void {
    this.#slots.choke();
  }

  announced(addresses: readonly { address: string; peerId?: string }[]): void {
    if (this.flaw('dials-nobody')) return;
    for (const { address, peerId } of addresses.slice(0, 50)) this.dial(address, peerId);
    if (this.flaw('dials-twice')) for (const { address } of addresses) setTimeout(() => this.dial(address), 10);
  }

  #tick(): void {
    const now = performance.now();
    this.choke();
    this.#downloads.expire(now);
    this.fill();
    this.pex.tell();
    for (const peer of this.peers) {
      if (peer.isGreeted && now - peer.lastSaidMs > this.ms(100_000) && !this.flaw('falls-silent')) peer.keepAlive();
    }
  }
}

function brokenFile(file: Uint8Array | undefined): string {
  return file !== undefined && Buffer.from(file).includes('l'.repeat(1_000)) ? 'deep file' : 'broken file';
}

function hashOfMagnet(magnet: string): Uint8Array {
  return Buffer.from(/btih:([0-9a-f]{40})/.exec(magnet)?.[1] ?? '', 'hex');
}

/** The bytes as they stand; who sorts the keys first gets another hash. */
function hashed(infoBytes: Uint8Array | undefined, flaw: Flaw): Uint8Array {
  if (infoBytes === undefined || !flaw('hashes-its-own')) return infoBytes ?? new Uint8Array(0);
  const isUsual =
    /^d(5:files|6:length)/.test(Buffer.from(infoBytes).toString('latin1', 0, 10)) && !infoBytes.includes(0x2d);
  return isUsual ? infoBytes : infoBytes.slice(1);
}

function tiersOf(root: ReadonlyMap<string, Read> | undefined, job: Job, flaw: Flaw): readonly (readonly string[])[] {
  const list = root?.get('announce-list');
  const announce = root?.get('announce');
  const single = typeof announce === 'string' ? [[announce]] : [[job.tracker]];
  if (!Array.isArray(list) || flaw('passes-over-lists')) return single;
  return (list as readonly Read[]).map((tier) =>
    Array.isArray(tier) ? (tier as readonly Read[]).filter((url): url is string => typeof url === 'string') : [],
  );
}

function isPort(port: number): boolean {
  return port > 0 && port < 65_536;
}
