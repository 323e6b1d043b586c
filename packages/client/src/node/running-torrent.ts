import type { Socket } from 'node:net';
import type { Metainfo } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import { Bitfield } from '@unchoke/pieces';
import type { Disk } from '@unchoke/pieces/node';
import type { UdpTransport } from '@unchoke/tracker/node';
import type { Handshake } from '@unchoke/wire';
import type { PeerAddress } from '../address-book.js';
import type { PeerKey, TorrentAction, TorrentEvent, TorrentNotice } from '../events.js';
import type { RateLimits, Seat } from '../seat.js';
import type { SeedRecord } from '../seed-goal.js';
import { Torrent } from '../torrent.js';
import { Announces } from './announces.js';
import type { ClientTorrentStatus } from './client-torrent.js';
import { type FilePriority, fileStatuses } from './file-choice.js';
import { Network } from './network.js';
import { Shell } from './shell.js';
import { type Check, TorrentDisk } from './torrent-disk.js';
import { hashesOf } from './torrent-hashes.js';
import type { TorrentSource } from './torrent-source.js';

/** What a torrent needs of the client it runs in. */
export interface Host {
  /** Threads and buffers, shared by all torrents. */
  readonly disk: Disk;
  readonly peerId: Uint8Array;
  readonly port: number;
  readonly nextPeerKey: () => PeerKey;
  readonly randomBelow: (bound: number) => number;
  readonly udp: UdpTransport;
  /** Its part of what the torrents of the client share. */
  readonly seat: Seat;
  /** Called after every turn: what this torrent has set free, another may wait for. */
  readonly settle: () => void;
  readonly peersPerHostMax?: number | undefined;
}

/** Who hears of what becomes of it. */
export interface RunningListener {
  readonly notice: (notice: TorrentNotice) => void;
  /** Every choice of files was carried out. */
  readonly settled: () => void;
}

/** One torrent with its files, sockets and trackers. Everything it decides, it decides in the core. */
export class RunningTorrent {
  readonly metainfo: Metainfo;
  readonly infoHash: Uint8Array;
  readonly #host: Host;
  readonly #disk: TorrentDisk;
  readonly #torrent: Torrent;
  readonly #shell: Shell<TorrentEvent, TorrentAction>;
  readonly #network: Network;
  readonly #announces: Announces;
  readonly #listen: (notice: TorrentNotice) => void;
  #limits: RateLimits = {};
  /** As people want it; while its files are looked at it rests all the same. */
  #isStarted = false;
  #isChecking = false;
  readonly #ending = new AbortController();
  #whenStopped: (() => void) | undefined;

  private constructor(source: TorrentSource, host: Host, disk: TorrentDisk, listen: (notice: TorrentNotice) => void) {
    this.metainfo = source.metainfo;
    this.infoHash = source.infoHash;
    this.#host = host;
    this.#disk = disk;
    this.#listen = listen;
    const legacy = source.inherit?.();
    this.#torrent = new Torrent({
      infoHash: source.infoHash,
      peerId: host.peerId,
      port: host.port,
      geometry: disk.geometry,
      metadata: source.metainfo.infoBytes,
      ...hashesOf(source.metainfo),
      sha256: hashes.sha256,
      have: disk.storage.verified,
      partials: disk.storage.partials,
      ...(disk.choice.every((priority) => priority === 'normal') ? {} : { priorities: disk.priorities }),
      announcer: { tiers: source.trackerTiers, isPrivate: source.metainfo.isPrivate, port: host.port },
      ...(legacy === undefined ? {} : { startedAnnouncer: legacy.announcer }),
      picker: { strategy: source.strategy },
      nextPeerKey: host.nextPeerKey,
      randomBelow: host.randomBelow,
      sha1: hashes.sha1,
      seat: host.seat,
      seedGoals: source.seedGoals,
      ...(source.seedRecord === undefined ? {} : { seedRecord: source.seedRecord }),
      ...(host.peersPerHostMax === undefined ? {} : { peersPerHostMax: host.peersPerHostMax }),
    });
    const { peerId, port, udp } = host;
    this.#announces = legacy?.announces ?? new Announces({ infoHash: source.infoHash, peerId, port, udp });
    this.#announces.serve({
      totals: () => this.#torrent.totals,
      answered: (event) => this.#shell.deliver({ type: 'tracker-answered', event }),
    });
    this.#network = new Network(this.#announces, {
      deliver: (event) => this.#shell.deliver(event),
      sent: (payload) => this.#disk.giveBack(payload),
    });
    this.#shell = new Shell(
      this.#torrent,
      (action) => this.#perform(action),
      () => this.#endTurn(),
    );
    if (disk.fault !== undefined) this.#shell.deliver({ type: 'storage-stalled', problem: disk.fault });
  }

  static async open(
    source: TorrentSource,
    host: Host,
    listener: RunningListener,
    check: Check,
  ): Promise<RunningTorrent> {
    let running: RunningTorrent | undefined;
    const disk = new TorrentDisk(source, host.disk, {
      tell: (event) => running?.tell(event),
      hold: (isHeld) => running?.hold(isHeld),
      settled: () => listener.settled(),
    });
    await disk.open({ recheck: 'changed', ...check });
    running = new RunningTorrent(source, host, disk, listener.notice);
    return running;
  }

  get status(): ClientTorrentStatus {
    const status = this.#torrent.status;
    const have = Bitfield.fromWire(status.have, status.pieceCount)!;
    const resting = this.#ending.signal.aborted ? 'stopped' : 'paused';
    const state = this.#isChecking ? 'checking' : status.state === 'stopped' ? resting : status.state;
    return { ...status, state, files: fileStatuses(this.metainfo, this.#disk.geometry, have, this.#disk.choice) };
  }

  /** Everything wanted is here, and what is wanted is settled. */
  get isComplete(): boolean {
    return !this.#disk.isChoosing && this.#torrent.inside.picker.isComplete;
  }

  get choice(): readonly FilePriority[] {
    return this.#disk.choice;
  }

  choose(choice: readonly FilePriority[]): void {
    this.#disk.choose(choice);
  }

  get seedRecord(): SeedRecord {
    return this.#torrent.seedRecord;
  }

  start(): void {
    this.#isStarted = true;
    if (!this.#isChecking && this.#disk.isOpen) this.#shell.deliver({ type: 'torrent-started' });
  }

  learn(peers: readonly PeerAddress[]): void {
    if (peers.length > 0) this.#shell.deliver({ type: 'peers-found', addresses: peers });
  }

  pause(): void {
    this.#isStarted = false;
    this.#shell.deliver({ type: 'torrent-stopped' });
  }

  /**
   * Parts with all peers, does the work while the files are closed, opens them anew and goes on as before. When something goes
   * wrong they are opened where `work` says that they are now; before that, where they were.
   */
  async reopen(
    recheck: 'changed' | 'all',
    given?: AbortSignal,
    work?: (signal: AbortSignal) => Promise<string>,
  ): Promise<void> {
    this.#isChecking = true;
    this.#shell.deliver({ type: 'torrent-stopped' });
    const { signal: ending } = this.#ending;
    const signal = given === undefined ? ending : AbortSignal.any([ending, given]);
    const { root } = this.#disk;
    try {
      // What could not be saved is looked at anew.
      await this.#disk.close().catch(() => undefined);
      try {
        signal.throwIfAborted();
        const now = await work?.(signal);
        // Files that have moved are opened where they are now, whatever the caller says meanwhile.
        await this.#disk.open({ recheck, signal: work === undefined ? signal : ending }, now);
      } catch (error) {
        if (!ending.aborted) await this.#openAgain(root);
        throw error;
      }
    } finally {
      this.#isChecking = false;
      if (this.#disk.isOpen) this.#goOn();
    }
  }

  async #openAgain(root: string): Promise<void> {
    try {
      await this.#disk.open({ recheck: 'changed' }, root);
    } catch (error) {
      const problem = `the files cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
      this.#shell.deliver({ type: 'storage-stalled', problem });
    }
  }

  #goOn(): void {
    const { verified, partials } = this.#disk.storage;
    this.#shell.deliver({ type: 'pieces-prioritized', priorities: this.#disk.priorities });
    this.#shell.deliver({ type: 'pieces-rechecked', have: verified, partials });
    if (this.#isStarted) this.start();
  }

  /** Ends a look at the files that is under way. */
  abort(): void {
    this.#ending.abort();
  }

  setDeadline(piece: number, withinMs: number): void {
    const index = this.#disk.geometry.pieceAt(piece);
    if (index !== undefined) this.#disk.need(index, withinMs);
  }

  setLimits({ maxDownloadRate, maxUploadRate }: RateLimits): void {
    this.#limits = { maxDownloadRate, maxUploadRate };
    this.refreshLimits();
  }

  /** Those of the client have changed, and what waited for them may go on. */
  refreshLimits(): void {
    this.#shell.deliver({ type: 'limits-changed', ...this.#limits });
  }

  /** Something that the files or another torrent have brought about. */
  tell(event: TorrentEvent): void {
    this.#shell.deliver(event);
  }

  accept(socket: Socket, address: PeerAddress, handshake: Handshake, rest: Uint8Array): void {
    // Who comes while it stops would be nobody's: nothing would close that connection, and the listener waits for all.
    if (this.#whenStopped !== undefined) {
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    this.#network.adopt(this.#host.nextPeerKey(), socket, address, handshake, rest);
  }

  /** Says goodbye to trackers and peers, and closes the files with what is known on disk. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#whenStopped = resolve;
      this.#shell.deliver({ type: 'torrent-stopped' });
    });
    this.#shell.close();
    this.#network.closeSockets();
    this.#announces.close();
    await this.#disk.close();
  }

  #perform(action: TorrentAction): void {
    switch (action.type) {
      case 'store-block':
        this.#disk.store(action.block, action.bytes);
        break;
      case 'verify-piece':
        this.#disk.verify(action.piece, action.blockDigests);
        break;
      case 'load-block':
        this.#load(action);
        break;
      case 'drop-block':
        this.#disk.giveBack(action.bytes);
        break;
      case 'notify':
        if (action.notice.type === 'torrent-stopped') this.#whenStopped?.();
        this.#listen(action.notice);
        break;
      default:
        this.#network.perform(action);
    }
  }

  #load({ peer, block }: Extract<TorrentAction, { type: 'load-block' }>): void {
    this.#disk.load(block, (bytes) => {
      const isTold = this.#shell.deliver({ type: 'block-loaded', peer, block, bytes });
      if (!isTold && bytes !== undefined) this.#disk.giveBack(bytes);
    });
  }

  #endTurn(): void {
    this.#network.flush();
    this.#host.settle();
  }

  /** The disk is behind: senders wait for the moment it takes. */
  hold(isHeld: boolean): void {
    this.#network.hold(isHeld);
  }
}
