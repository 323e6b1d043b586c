import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TorrentNotice, TorrentStatus } from '@unchoke/client';
import { Client, type ClientTorrent } from '@unchoke/client/node';
import { parseMetainfo } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import { bundledBehaviour, type Content, type MockPeer, randomTorrent, startMockPeer } from '@unchoke/mock-peer';
import { type MockTracker, startMockTracker } from '@unchoke/mock-tracker';
import { chanceFrom, type Plan, TROUBLES } from './plan.js';

/** One of ours. */
export interface Member {
  readonly name: string;
  readonly role: 'seed' | 'leech';
  readonly client: Client;
  readonly torrent: ClientTorrent;
  readonly folder: string;
  /** Bytes of blocks from each other member, by name; connections that ended included. */
  readonly sources: Map<string, number>;
  rejectedPieces: number;
  completedMs: number | undefined;
}

/** A peer that does what it should not. */
export interface Troublemaker {
  readonly name: string;
  readonly peer: MockPeer;
}

/** Something worth a line. */
export interface SwarmEvent {
  readonly atMs: number;
  readonly member: string;
  readonly text: string;
  readonly notice: TorrentNotice;
}

const COPY_BYTES = 2 ** 20;

/** A tracker, members that are this client, and troublemakers that are mock peers, on loopback in one process. */
export class Swarm {
  readonly plan: Plan;
  readonly members: Member[] = [];
  readonly troublemakers: Troublemaker[] = [];
  readonly events: SwarmEvent[] = [];
  readonly content: Content;
  readonly tracker: MockTracker;
  readonly #torrentFile: Uint8Array;
  readonly #folder: string;
  readonly #startMs = performance.now();
  readonly #names = new Map<string, string>();

  private constructor(plan: Plan, tracker: MockTracker) {
    const { content, torrentFile } = randomTorrent(`${plan.contentBytes}:${plan.seed}`);
    this.plan = plan;
    this.tracker = tracker;
    this.content = content;
    this.#torrentFile = torrentFile;
    this.#folder = mkdtempSync(join(tmpdir(), 'unchoke-swarm-'));
  }

  /** Starts everything; the leeches last, so that the whole race can be watched. */
  static async start(plan: Plan): Promise<Swarm> {
    const swarm = new Swarm(plan, await startMockTracker({ seed: plan.seed }));
    try {
      await swarm.#populate();
    } catch (error) {
      await swarm.close();
      throw error;
    }
    return swarm;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startMs;
  }

  get leeches(): readonly Member[] {
    return this.members.filter(({ role }) => role === 'leech');
  }

  get isComplete(): boolean {
    return this.leeches.every(({ torrent: { status } }) => status.haveCount === status.pieceCount);
  }

  /** The name of whoever has that peer id. */
  nameOf(peerId: Uint8Array): string {
    return this.#names.get(Buffer.from(peerId).toString('hex')) ?? 'somebody';
  }

  /** What each other member has given this one, connections that go on included. */
  sourcesOf({ sources, torrent }: Member, { peers }: TorrentStatus = torrent.status): ReadonlyMap<string, number> {
    const sum = new Map(sources);
    for (const { peerId, received } of peers) {
      if (received > 0) sum.set(this.nameOf(peerId), (sum.get(this.nameOf(peerId)) ?? 0) + received);
    }
    return sum;
  }

  /** Compares what a leech has on disk with the truth. Answers the first byte that differs, if any. */
  async firstDifference({ folder, torrent }: Member): Promise<number | undefined> {
    const file = await open(join(folder, torrent.metainfo.name));
    try {
      const bytes = new Uint8Array(COPY_BYTES);
      for (let offset = 0; offset < this.plan.contentBytes; offset += COPY_BYTES) {
        const length = Math.min(COPY_BYTES, this.plan.contentBytes - offset);
        const { bytesRead } = await file.read(bytes, 0, length, offset);
        const truth = this.content.read(offset, length);
        const found = bytesRead < length || Buffer.compare(bytes.subarray(0, length), truth) !== 0;
        if (found) return offset + bytes.findIndex((byte, index) => index >= bytesRead || byte !== truth[index]);
      }
      return undefined;
    } finally {
      await file.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map(({ client }) => client.close()));
    await Promise.all(this.troublemakers.map(({ peer }) => peer.close()));
    await this.tracker.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #populate(): Promise<void> {
    const { seeds, leeches, troublemakers } = this.plan;
    const shared = join(this.#folder, 'seed');
    mkdirSync(shared);
    await this.#writeContent(shared);
    for (let index = 0; index < seeds; index++) await this.#join(`seed ${index + 1}`, 'seed', shared);
    for (let index = 0; index < troublemakers; index++) await this.#trouble(index);
    for (let index = 0; index < leeches; index++) {
      await this.#join(`leech ${index + 1}`, 'leech', join(this.#folder, `leech-${index + 1}`));
    }
  }

  async #join(name: string, role: Member['role'], folder: string): Promise<void> {
    const randomBelow = chanceFrom(this.plan.seed + this.members.length + 1);
    const client = new Client({ bind: '127.0.0.1', randomBelow });
    this.#names.set(Buffer.from(client.peerId).toString('hex'), name);
    const torrent = await client.add(this.#torrentFile, { path: folder, trackers: [[this.tracker.announceUrl]] });
    const member: Member = {
      name,
      role,
      client,
      torrent,
      folder,
      sources: new Map(),
      rejectedPieces: 0,
      completedMs: undefined,
    };
    this.members.push(member);
    torrent.onNotice((notice) => this.#note(member, notice));
  }

  async #trouble(index: number): Promise<void> {
    const { behaviour, name } = TROUBLES[index % TROUBLES.length]!;
    const peerId = Buffer.from(`-UM0001-trouble${String(index).padStart(5, '0')}`);
    const peer = await startMockPeer({
      torrent: this.#torrentFile,
      content: this.content,
      behaviour: bundledBehaviour(behaviour),
      tracker: this.tracker.announceUrl,
      peerId,
    });
    const called = `${name} ${Math.floor(index / TROUBLES.length) + 1}`;
    this.#names.set(peerId.toString('hex'), called);
    this.troublemakers.push({ name: called, peer });
  }

  async #writeContent(folder: string): Promise<void> {
    const { name } = parseMetainfo(this.#torrentFile, hashes);
    const file = await open(join(folder, name), 'wx');
    try {
      for (let offset = 0; offset < this.plan.contentBytes; offset += COPY_BYTES) {
        await file.write(this.content.read(offset, Math.min(COPY_BYTES, this.plan.contentBytes - offset)));
      }
    } finally {
      await file.close();
    }
  }

  #note(member: Member, notice: TorrentNotice): void {
    const text = this.#describe(notice);
    if (notice.type === 'torrent-completed') member.completedMs = this.elapsedMs;
    if (notice.type === 'piece-rejected') member.rejectedPieces++;
    if (notice.type === 'peer-closed' && notice.received > 0) {
      const source = this.nameOf(notice.peerId);
      member.sources.set(source, (member.sources.get(source) ?? 0) + notice.received);
    }
    if (text !== undefined) this.events.push({ atMs: this.elapsedMs, member: member.name, text, notice });
  }

  #describe(notice: TorrentNotice): string | undefined {
    switch (notice.type) {
      case 'torrent-completed':
        return 'complete and verified';
      case 'peer-banned':
        return `banned ${this.#nameAt(notice.address.port)}: ${notice.reason}`;
      case 'tracker-reported':
        return notice.problem === undefined ? 'the tracker works again' : `the tracker: ${notice.problem}`;
      default:
        return undefined;
    }
  }

  #nameAt(port: number): string {
    return this.troublemakers.find(({ peer }) => peer.port === port)?.name ?? `port ${port}`;
  }
}
