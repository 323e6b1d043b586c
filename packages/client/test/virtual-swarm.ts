import { createHash } from 'node:crypto';
import {
  type MagnetAction,
  type MagnetOptions,
  MagnetStart,
  type PeerAddress,
  type PeerKey,
  type RateLimits,
  type SeedGoals,
  type SeedRecord,
  Torrent,
  type TorrentAction,
  type TorrentEvent,
  type TorrentNotice,
  type TorrentOptions,
} from '@unchoke/client';
import { Bitfield, type Block, Geometry, type PieceIndex } from '@unchoke/pieces';
import type { AnnounceAction } from '@unchoke/tracker';
import { type Handshake, HandshakeDecoder } from '@unchoke/wire';

export const INFO_HASH: Uint8Array = new Uint8Array(20).fill(0xab);
const BLOCK_BYTES = 16_384;

/** How a member of the swarm departs from the ideal. */
export interface MemberOptions {
  /** The pieces it begins with. */
  readonly has?: 'everything' | 'nothing' | readonly number[];
  /** Sends this instead of the true bytes of a block. */
  readonly corrupt?: (block: Block, bytes: Uint8Array) => Uint8Array;
  /** After so many blocks it accepts requests and answers none. */
  readonly stallsAfter?: number;
  readonly uploadSlots?: number;
  /** How much it wants each piece. */
  readonly priorities?: readonly number[];
  readonly rates?: RateLimits;
  readonly seedGoals?: SeedGoals;
  readonly seedRecord?: SeedRecord;
  /** The torrent is private (BEP 27). */
  readonly isPrivate?: boolean;
  /** Announce URLs, which nobody answers but the test. */
  readonly trackers?: readonly string[];
  /** Knows these members from the start. */
  readonly knows?: readonly number[];
  /** What else its torrent is told. */
  readonly torrent?: Partial<TorrentOptions>;
  /** Begins with a magnet link, and goes on with the torrent once it has the metadata. */
  readonly magnet?: Pick<MagnetOptions, 'verify' | 'layersOf'>;
}

/** A torrent, or the magnet link before it. */
interface Machine {
  handle(event: TorrentEvent, nowMs: number): readonly (TorrentAction | MagnetAction)[];
  readonly deadlineMs: number | undefined;
}

interface Pipe {
  readonly from: Member;
  readonly fromKey: PeerKey;
  to: Member;
  toKey: PeerKey | undefined;
  isClosed: boolean;
}

/** One torrent with a byte array for a disk. */
export class Member {
  readonly index: number;
  readonly address: PeerAddress;
  readonly torrent: Torrent;
  machine: Machine;
  /** What its magnet link led to. */
  found: Extract<MagnetAction, { type: 'deliver-metadata' }> | undefined;
  readonly disk: Uint8Array;
  readonly notices: TorrentNotice[] = [];
  /** Announces that it wants made. */
  readonly announces: AnnounceAction[] = [];
  readonly pipes: Map<PeerKey, Pipe> = new Map();
  readonly corrupt: MemberOptions['corrupt'];
  blocksLeft: number;
  wakesMs = Number.POSITIVE_INFINITY;

  constructor(index: number, torrent: Torrent, disk: Uint8Array, { corrupt, stallsAfter }: MemberOptions) {
    this.index = index;
    this.address = { host: `10.0.0.${index + 1}`, port: 6881 };
    this.torrent = torrent;
    this.machine = torrent;
    this.disk = disk;
    this.corrupt = corrupt;
    this.blocksLeft = stallsAfter ?? Number.POSITIVE_INFINITY;
  }

  get isComplete(): boolean {
    const { haveCount, pieceCount } = this.torrent.status;
    return haveCount === pieceCount;
  }
}

interface Timed {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Torrents, links and time, all virtual: the same seed gives the same run. */
export class VirtualSwarm {
  readonly content: Uint8Array;
  readonly geometry: Geometry;
  readonly members: Member[] = [];
  nowMs = 1;
  #order = 0;
  #keys = 0;
  readonly #queue: Timed[] = [];
  readonly #random: (bound: number) => number;
  readonly #latencyMs: number;
  /** What happened, for comparing two runs. */
  readonly trace: string[] = [];

  constructor(seed: number, shape: { readonly totalLength: number; readonly pieceLength: number }, latencyMs = 10) {
    this.#random = generator(seed);
    this.#latencyMs = latencyMs;
    this.geometry = new Geometry(shape);
    this.content = Uint8Array.from({ length: shape.totalLength }, () => this.#random(256));
  }

  add(options: MemberOptions = {}): Member {
    const { has = 'nothing' } = options;
    const indexes = has === 'nothing' ? [] : has === 'everything' ? range(this.geometry.pieceCount) : has;
    const have = Bitfield.of(
      this.geometry.pieceCount,
      indexes.map((index) => this.geometry.pieceAt(index)!),
    );
    const disk = new Uint8Array(this.content.length);
    for (const piece of have) {
      const start = piece * this.geometry.pieceLength;
      disk.set(this.content.subarray(start, start + this.geometry.lengthOf(piece)), start);
    }
    const index = this.members.length;
    const own = {
      infoHash: INFO_HASH,
      peerId: Uint8Array.from({ length: 20 }, (_, at) => (at === 0 ? index : 0x41)),
      port: 6881,
      announcer: { isPrivate: options.isPrivate ?? false, tiers: [options.trackers ?? []] },
      nextPeerKey: () => ++this.#keys,
      randomBelow: this.#random,
    };
    const torrent = new Torrent({
      ...own,
      geometry: this.geometry,
      have,
      sha1: (bytes) => createHash('sha1').update(bytes).digest(),
      ...(options.priorities === undefined ? {} : { priorities: options.priorities }),
      ...(options.seedGoals === undefined ? {} : { seedGoals: options.seedGoals }),
      ...(options.seedRecord === undefined ? {} : { seedRecord: options.seedRecord }),
      ...(options.uploadSlots === undefined ? {} : { uploadSlots: options.uploadSlots }),
      ...options.torrent,
    });
    const member = new Member(index, torrent, disk, options);
    if (options.magnet !== undefined) member.machine = new MagnetStart({ ...own, ...options.magnet });
    this.members.push(member);
    this.#after(0, () => {
      this.deliver(member, { type: 'torrent-started' });
      if (options.rates !== undefined) this.deliver(member, { type: 'limits-changed', ...options.rates });
      const known = (options.knows ?? []).map((other) => this.members[other]!.address);
      this.deliver(member, { type: 'peers-found', addresses: known });
    });
    return member;
  }

  /** Runs until the condition holds, or fails after so much virtual time. */
  runUntil(isDone: () => boolean, withinMs: number): void {
    const endMs = this.nowMs + withinMs;
    while (!isDone()) {
      const next = this.#queue.shift();
      if (next === undefined || next.atMs > endMs) {
        const states = this.members.map(
          ({ torrent: { status } }) => `${status.haveCount}/${status.pieceCount} ${status.why}`,
        );
        throw new Error(`not done after ${withinMs} ms of virtual time: ${states.join('; ')}`);
      }
      this.nowMs = next.atMs;
      next.run();
    }
  }

  /** Cuts every connection of a member after so much virtual time. */
  cutAfter(member: Member, delayMs: number): void {
    this.#after(delayMs, () => this.cut(member));
  }

  /** Cuts every connection of a member, as when its line fails. */
  cut(member: Member): void {
    for (const [key, pipe] of [...member.pipes]) {
      this.#endPipe(pipe);
      this.deliver(member, { type: 'socket-closed', peer: key, reason: 'remote-closed' });
    }
  }

  deliver(member: Member, event: TorrentEvent): void {
    for (const action of member.machine.handle(event, this.nowMs)) this.#perform(member, action);
    const { deadlineMs } = member.machine;
    if (deadlineMs === undefined || member.wakesMs <= deadlineMs) return;
    const wakesMs = Math.max(this.nowMs + 1, deadlineMs);
    member.wakesMs = wakesMs;
    this.#after(wakesMs - this.nowMs, () => {
      if (member.wakesMs !== wakesMs) return;
      member.wakesMs = Number.POSITIVE_INFINITY;
      this.deliver(member, { type: 'time-passed' });
    });
  }

  #perform(member: Member, action: TorrentAction | MagnetAction): void {
    this.trace.push(`${this.nowMs} ${member.index} ${action.type}`);
    switch (action.type) {
      case 'open-socket':
        this.#open(member, action.peer, action.address);
        break;
      case 'send-bytes':
        this.#send(member, action.peer, joined(action.bytes, action.payload ?? new Uint8Array(0)));
        break;
      case 'close-socket': {
        const pipe = member.pipes.get(action.peer);
        if (pipe !== undefined) this.#endPipe(pipe);
        break;
      }
      case 'store-block':
        member.disk.set(action.bytes, action.block.piece * this.geometry.pieceLength + action.block.begin);
        break;
      case 'verify-piece':
        this.#after(1, () => this.#verify(member, action.piece));
        break;
      case 'load-block':
        this.#after(1, () => this.#load(member, action.peer, action.block));
        break;
      case 'notify':
        member.notices.push(action.notice);
        break;
      case 'announce':
        member.announces.push(action.announce);
        break;
      case 'deliver-metadata':
        member.found = action;
        this.#after(0, () => this.#begin(member));
        break;
      default:
    }
  }

  /** The torrent takes over from the magnet link. */
  #begin(member: Member): void {
    const { addresses } = member.machine as MagnetStart;
    member.machine = member.torrent;
    this.deliver(member, { type: 'torrent-started' });
    this.deliver(member, { type: 'peers-found', addresses });
  }

  #open(member: Member, key: PeerKey, { host }: PeerAddress): void {
    const to = this.members.find(({ address }) => address.host === host);
    if (to === undefined) {
      this.#after(this.#latencyMs, () =>
        this.deliver(member, { type: 'socket-closed', peer: key, reason: 'dial-failed' }),
      );
      return;
    }
    member.pipes.set(key, { from: member, fromKey: key, to, toKey: undefined, isClosed: false });
    this.#after(this.#latencyMs, () => this.deliver(member, { type: 'socket-opened', peer: key }));
  }

  /** Bytes arrive in order, in pieces of any size. */
  #send(member: Member, key: PeerKey, bytes: Uint8Array): void {
    const pipe = member.pipes.get(key);
    if (pipe === undefined || pipe.isClosed) return;
    this.#after(this.#latencyMs, () => {
      if (pipe.isClosed) return;
      if (pipe.toKey === undefined) this.#introduce(pipe, bytes);
      else {
        const cut = this.#random(bytes.length + 1);
        for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
          if (part.length > 0) this.deliver(pipe.to, { type: 'bytes-received', peer: pipe.toKey, bytes: part });
        }
      }
    });
  }

  /** What a listener does: read the handshake, then hand over. */
  #introduce(pipe: Pipe, bytes: Uint8Array): void {
    const decoder = new HandshakeDecoder();
    const taken = decoder.push(bytes);
    const handshake: Handshake = decoder.handshake!;
    const key = ++this.#keys;
    pipe.toKey = key;
    const back: Pipe = { from: pipe.to, fromKey: key, to: pipe.from, toKey: pipe.fromKey, isClosed: false };
    pipe.to.pipes.set(key, back);
    this.deliver(pipe.to, {
      type: 'peer-accepted',
      peer: key,
      address: { ...pipe.from.address, port: 50_000 + key },
      handshake,
    });
    if (taken < bytes.length)
      this.deliver(pipe.to, { type: 'bytes-received', peer: key, bytes: bytes.subarray(taken) });
  }

  #endPipe(pipe: Pipe): void {
    if (pipe.isClosed) return;
    pipe.isClosed = true;
    pipe.from.pipes.delete(pipe.fromKey);
    const { to, toKey } = pipe;
    const back = toKey === undefined ? undefined : to.pipes.get(toKey);
    if (back === undefined) return;
    this.#after(this.#latencyMs, () => {
      if (back.isClosed) return;
      back.isClosed = true;
      to.pipes.delete(back.fromKey);
      this.deliver(to, { type: 'socket-closed', peer: back.fromKey, reason: 'remote-closed' });
    });
  }

  #verify(member: Member, piece: PieceIndex): void {
    const start = piece * this.geometry.pieceLength;
    const length = this.geometry.lengthOf(piece);
    const bytes = member.disk.subarray(start, start + length);
    const isValid = Buffer.compare(bytes, this.content.subarray(start, start + length)) === 0;
    const digests = range(this.geometry.blockCountOf(piece)).map((index) =>
      createHash('sha1')
        .update(bytes.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES))
        .digest(),
    );
    this.deliver(member, { type: 'piece-verified', piece, isValid, blockDigests: Buffer.concat(digests) });
  }

  #load(member: Member, peer: PeerKey, block: Block): void {
    if (member.blocksLeft-- <= 0) return;
    const start = block.piece * this.geometry.pieceLength + block.begin;
    const bytes = member.disk.slice(start, start + block.length);
    this.deliver(member, { type: 'block-loaded', peer, block, bytes: member.corrupt?.(block, bytes) ?? bytes });
  }

  #after(delayMs: number, run: () => void): void {
    const timed = { atMs: this.nowMs + delayMs, order: this.#order++, run };
    let at = this.#queue.length;
    while (at > 0 && this.#queue[at - 1]!.atMs > timed.atMs) at--;
    this.#queue.splice(at, 0, timed);
  }
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(one.length + other.length);
  bytes.set(one);
  bytes.set(other, one.length);
  return bytes;
}

/** Numbers from a seed (mulberry32's steps). */
function generator(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}
