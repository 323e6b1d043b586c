import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TorrentNotice, TorrentStatus } from '@unchoke/client';
import { Client } from '@unchoke/client/node';
import { editMetainfo, formatMagnet, type Metainfo, parseMetainfo } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import { type Content, type MockPeer, randomTorrent, startMockPeer } from '@unchoke/mock-peer';
import { type MockTracker, startMockTracker } from '@unchoke/mock-tracker';
import type { Guest } from './guest.js';
import { guestBehind } from './guest-behind.js';
import { Member } from './member.js';
import { chanceFrom, type MemberPlan, type MockPlan, type OursPlan, type Plan, type StrangerPlan } from './plan.js';
import { firstDifference, writeContent } from './truth.js';

/**
 * A peer that does what it should not.
 *
 * @example
 * ```ts
 * import type { Troublemaker } from '@unchoke/swarm';
 *
 * const describe = ({ name, peer }: Troublemaker) => `${name} on port ${peer.port}`;
 * console.assert(typeof describe === 'function');
 * ```
 */
export interface Troublemaker {
  readonly name: string;
  readonly peer: MockPeer;
}

/**
 * Something worth a line.
 *
 * @example
 * ```ts
 * import type { SwarmEvent } from '@unchoke/swarm';
 *
 * const line = ({ atMs, member, text }: SwarmEvent) => `${atMs} ${member}: ${text}`;
 * console.log(line({ atMs: 5, member: 'leech 1', text: 'complete and verified', notice: undefined })); // 5 leech 1: complete and verified
 * ```
 */
export interface SwarmEvent {
  readonly atMs: number;
  readonly member: string;
  readonly text: string;
  readonly notice: TorrentNotice | undefined;
}

/** A piece that one of ours verified. */
export interface PieceMoment {
  readonly atMs: number;
  readonly member: string;
  readonly piece: number;
}

const WATCH_MS = 50;

/**
 * A tracker, members that are this client, and troublemakers that are mock peers, on loopback in one process; programs of
 * other people as guests.
 *
 * @example
 * ```ts
 * import { planOf, Swarm, summarise } from '@unchoke/swarm';
 *
 * const swarm = await Swarm.start(planOf({ contentBytes: 2 ** 20, seeds: 1, leeches: 1, troublemakers: 0 }));
 * await swarm.ended;
 * console.log((await summarise(swarm)).ok); // true
 * await swarm.close();
 * ```
 */
export class Swarm {
  readonly plan: Plan;
  readonly members: Member[] = [];
  readonly troublemakers: Troublemaker[] = [];
  readonly guests: Guest[] = [];
  readonly events: SwarmEvent[] = [];
  readonly pieces: PieceMoment[] = [];
  readonly content: Content;
  readonly metainfo: Metainfo;
  readonly tracker: MockTracker;
  /** Settles when every leech is complete, or when the time is up. */
  readonly ended: Promise<void>;
  readonly #torrentFile: Uint8Array;
  readonly #folder: string;
  /** The race begins when the leeches come. */
  #startMs = performance.now();
  #endMs: number | undefined;
  readonly #names = new Map<string, string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Members that are still to come. */
  #awaited: number;
  #end: () => void = () => undefined;
  #cutShort: string | undefined;

  private constructor(plan: Plan, tracker: MockTracker) {
    const { content, torrentFile } = randomTorrent(`${plan.contentBytes}:${plan.seed}`);
    this.plan = plan;
    this.tracker = tracker;
    this.content = content;
    this.#torrentFile = editMetainfo(torrentFile, { trackerTiers: [[tracker.announceUrl]] });
    this.metainfo = parseMetainfo(this.#torrentFile, hashes);
    this.#awaited = plan.members.length;
    this.#folder = mkdtempSync(join(tmpdir(), 'unchoke-swarm-'));
    this.ended = new Promise((resolve) => {
      this.#end = () => {
        this.#endMs ??= performance.now();
        resolve();
      };
    });
  }

  /** Starts everything; who joins later joins by itself. */
  static async start(plan: Plan): Promise<Swarm> {
    const { seed, tracker } = plan;
    const swarm = new Swarm(
      plan,
      await startMockTracker({ seed, ...(tracker === undefined ? {} : { scenario: tracker }) }),
    );
    try {
      await swarm.#populate();
    } catch (error) {
      await swarm.close();
      throw error;
    }
    return swarm;
  }

  /** Why it ended before everybody was complete, if it did. */
  get cutShort(): string | undefined {
    return this.#cutShort;
  }

  get elapsedMs(): number {
    return (this.#endMs ?? performance.now()) - this.#startMs;
  }

  get leeches(): readonly Member[] {
    return this.members.filter(({ role }) => role === 'leech');
  }

  get isComplete(): boolean {
    const isThere = this.#awaited === 0 && this.leeches.every(({ share }) => share === 1);
    return isThere && this.guests.every(({ completedMs }) => completedMs !== undefined);
  }

  /** Ends it, complete or not; who looks at it afterwards reads why. */
  stop(why: string): void {
    if (this.#endMs === undefined) this.#cutShort = why;
    this.#end();
  }

  /** The name of whoever has that peer id. */
  nameOf(peerId: Uint8Array): string {
    const known = this.#names.get(Buffer.from(peerId).toString('hex'));
    return known ?? guestBehind(peerId, this.guests)?.name ?? 'somebody';
  }

  /** What each other member has given this one, connections that go on included. */
  sourcesOf({ sources }: Member, status: TorrentStatus | undefined): ReadonlyMap<string, number> {
    const sum = new Map(sources);
    for (const { peerId, received } of status?.peers ?? []) {
      if (received > 0) sum.set(this.nameOf(peerId), (sum.get(this.nameOf(peerId)) ?? 0) + received);
    }
    return sum;
  }

  /** Compares what a leech has on disk with the truth. Answers the first byte that differs, if any. */
  firstDifference({ folder }: Member): Promise<number | undefined> {
    return firstDifference(join(folder, this.metainfo.name), this.content);
  }

  async close(): Promise<void> {
    this.#end();
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.members.map(({ client }) => client.close()));
    await Promise.all(this.guests.map((guest) => guest.close()));
    await Promise.all(this.troublemakers.map(({ peer }) => peer.close()));
    await this.tracker.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #populate(): Promise<void> {
    const shared = join(this.#folder, 'seed');
    mkdirSync(shared);
    await writeContent(join(shared, this.metainfo.name), this.content);
    this.#timers.add(setInterval(() => void this.#watch(), WATCH_MS));
    // The leeches last, so that the whole race can be watched.
    const ranks = { mock: 1, stranger: 2, ours: 3 };
    const plans = this.plan.members.map((plan, index) => ({ plan, index, rank: ranks[plan.type] }));
    for (const wanted of [0, 1, 2, 3]) {
      const rankOf = ({ plan, rank }: (typeof plans)[number]) =>
        plan.type === 'ours' && plan.role === 'seed' ? 0 : rank;
      if (wanted === 3) this.#startMs = performance.now();
      const next = plans.filter((entry) => rankOf(entry) === wanted);
      await Promise.all(next.map(({ plan, index }) => this.#admit(plan, index, shared)));
    }
  }

  async #admit(plan: MemberPlan, index: number, shared: string): Promise<void> {
    if (plan.type === 'ours' && plan.joinsAtMs > 0) {
      const join = () =>
        this.#join(plan, index, shared).catch((error: unknown) => this.#tell(plan.name, String(error)));
      this.#timers.add(setTimeout(() => void join(), plan.joinsAtMs));
    } else if (plan.type === 'ours') await this.#join(plan, index, shared);
    else if (plan.type === 'mock') await this.#trouble(plan, index);
    else await this.#invite(plan, index);
  }

  async #join(plan: OursPlan, index: number, shared: string): Promise<void> {
    const { name, role, maxUploadRate, maxDownloadRate } = plan;
    const { host, announceUrl } = this.#placeOf(index);
    const client = new Client({
      bind: host,
      randomBelow: chanceFrom(this.plan.seed + index + 1),
      ...(maxUploadRate === undefined ? {} : { maxUploadRate }),
      ...(maxDownloadRate === undefined ? {} : { maxDownloadRate }),
    });
    this.#names.set(Buffer.from(client.peerId).toString('hex'), name);
    const folder = role === 'seed' ? shared : join(this.#folder, `member-${index}`);
    const member = new Member(plan, client, folder);
    this.members.push(member);
    const isMagnet = role === 'leech' && this.plan.start === 'magnet';
    const source = isMagnet
      ? formatMagnet({ ...this.metainfo, trackers: [announceUrl] })
      : editMetainfo(this.#torrentFile, { trackerTiers: [[announceUrl]] });
    const adding = client.add(source, { path: folder }).then((torrent) => {
      member.torrent = torrent;
      torrent.onNotice((notice) => this.#note(member, notice));
      if (isMagnet) this.#tell(name, 'has the metadata');
      this.#awaited--;
    });
    // A magnet link needs the others first.
    if (isMagnet) adding.catch((error: unknown) => this.#tell(name, String(error)));
    else await adding;
  }

  async #trouble({ name, behaviour }: MockPlan, index: number): Promise<void> {
    const peerId = Buffer.from(`-UM0001-trouble${String(index).padStart(5, '0')}`);
    const { content } = this;
    const { host, announceUrl } = this.#placeOf(index);
    const torrent = this.#torrentFile;
    const peer = await startMockPeer({ torrent, content, behaviour, host, tracker: announceUrl, peerId });
    this.#names.set(peerId.toString('hex'), name);
    this.troublemakers.push({ name, peer });
    this.#awaited--;
  }

  /**
   * Where a member is, and how it says so. A program that keeps to one connection an address, as rtorrent does, would have all
   * its hope in a single peer if everybody had the same. Only Linux has more than one on loopback without being asked.
   */
  #placeOf(index: number): { readonly host: string; readonly announceUrl: string } {
    const { announceUrl } = this.tracker;
    const hasStrangers = this.plan.members.some(({ type }) => type === 'stranger');
    if (!hasStrangers || process.platform !== 'linux') return { host: '127.0.0.1', announceUrl };
    const host = `127.0.0.${2 + index}`;
    return { host, announceUrl: `${announceUrl}?ip=${host}` };
  }

  async #invite(plan: StrangerPlan, index: number): Promise<void> {
    const { Guest } = await import('./guest.js');
    const scratch = join(this.#folder, `guest-${index}`);
    mkdirSync(scratch);
    const path = join(scratch, 'wanted.torrent');
    writeFileSync(path, this.#torrentFile);
    const torrent = { path, fileName: this.metainfo.name, content: this.content };
    this.guests.push(await Guest.start(plan, torrent, scratch, () => this.elapsedMs));
    this.#awaited--;
  }

  async #watch(): Promise<void> {
    for (const member of this.members) await this.#leaveWhenDue(member);
    const { timeoutMs } = this.plan;
    if (this.isComplete) this.#end();
    else if (this.elapsedMs > timeoutMs) this.stop(`the time was up after ${timeoutMs / 1000} s`);
  }

  /** Who is to leave goes when the leeches have so much between them, and no piece would go with it. */
  async #leaveWhenDue(member: Member): Promise<void> {
    const { leavesAtShare } = member.plan;
    if (leavesAtShare === undefined || member.leftMs !== undefined) return;
    const leeches = this.leeches.filter((leech) => leech !== member && leech.leftMs === undefined);
    const average = leeches.reduce((sum, { share }) => sum + share, 0) / Math.max(1, leeches.length);
    if (average < leavesAtShare || !this.#isHeldBy(leeches)) return;
    member.leftMs = this.elapsedMs;
    this.#tell(member.name, 'leaves');
    await member.client.close();
  }

  #isHeldBy(leeches: readonly Member[]): boolean {
    const have = leeches.flatMap(({ status }) => (status === undefined ? [] : [status.have]));
    const { pieceCount } = this.metainfo;
    for (let piece = 0; piece < pieceCount; piece++) {
      if (!have.some((bits) => (bits[piece >> 3]! & (0x80 >> (piece & 7))) !== 0)) return false;
    }
    return true;
  }

  #note(member: Member, notice: TorrentNotice): void {
    if (notice.type === 'torrent-completed') member.completedMs = this.elapsedMs;
    if (notice.type === 'piece-rejected') member.rejectedPieces++;
    if (notice.type === 'piece-completed') {
      this.pieces.push({ atMs: this.elapsedMs, member: member.name, piece: notice.piece });
    }
    if (notice.type === 'peer-closed' && notice.received > 0) {
      const source = this.nameOf(notice.peerId);
      member.sources.set(source, (member.sources.get(source) ?? 0) + notice.received);
    }
    const text = this.#describe(notice);
    if (text !== undefined) this.#tell(member.name, text, notice);
  }

  #tell(member: string, text: string, notice?: TorrentNotice): void {
    this.events.push({ atMs: this.elapsedMs, member, text, notice });
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
    const trouble = this.troublemakers.find(({ peer }) => peer.port === port);
    return (trouble ?? this.guests.find((guest) => guest.port === port))?.name ?? `port ${port}`;
  }
}
