import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Magnet, Metainfo } from '@unchoke/metainfo';
import { Disk } from '@unchoke/pieces/node';
import { UdpTransport } from '@unchoke/tracker/node';
import { makePeerId } from '@unchoke/wire';
import { ClientError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { checkQueueLimits, chooseActive } from '../queue.js';
import type { RateLimits, Seat } from '../seat.js';
import type { AddOptions, ClientTorrent } from './client-torrent.js';
import { publish } from './diagnostics.js';
import { Listener } from './listener.js';
import { metainfoOfMagnet, selectionOf, tiersOf, wireHashOfMagnet } from './magnet-metainfo.js';
import { checkGoals, checkRates, ManagedTorrent, type OpenOptions } from './managed-torrent.js';
import { type MagnetLegacy, RunningMagnet } from './running-magnet.js';
import { SharedSession } from './shared-session.js';
import { readSource, type Source } from './source.js';
import { wireHash, wireHashes } from './torrent-source.js';

/**
 * How a client is set up. Everything is optional.
 *
 * @example
 * ```ts
 * import type { ClientOptions } from '@unchoke/client/node';
 *
 * const options: ClientOptions = { port: 0, bind: '127.0.0.1' };
 * console.assert(options.port === 0);
 * ```
 */
export interface ClientOptions {
  /** Where to listen for peers; 0, the default, is any free port. */
  readonly port?: number;
  /** The address to listen on; default all. */
  readonly bind?: string;
  /** Where to remember what is verified; without it files are hashed at every start. */
  readonly stateFolder?: string;
  /** Chance: an integer from 0 to below `bound`. Default that of the system; a seeded one repeats choices. */
  readonly randomBelow?: (bound: number) => number;
  /** Connections of all torrents together; default 200, at most 50 of one torrent. */
  readonly peersMax?: number;
  /** Dials under way at one time; default 20. */
  readonly halfOpenMax?: number;
  /** Connections from one host to one torrent; default 1, and any number on loopback and private networks. */
  readonly peersPerHostMax?: number;
  /** Bytes of blocks a second, of all torrents together; without one there is no limit. */
  readonly maxDownloadRate?: number;
  readonly maxUploadRate?: number;
  /** Torrents that may download, and seed, at one time: the first so many in the order in which they were added; default all. */
  readonly activeDownloadsMax?: number;
  readonly activeSeedsMax?: number;
  /** Closes the client. */
  readonly signal?: AbortSignal;
}

/**
 * Downloads and seeds torrents.
 *
 * @example
 * ```ts
 * import { Client } from '@unchoke/client/node';
 *
 * const client = new Client();
 * console.log(client.torrents.length); // 0
 * await client.close();
 * ```
 */
export class Client {
  readonly #options: ClientOptions;
  /** How peers see us. */
  readonly peerId: Uint8Array;
  readonly #randomBelow: (bound: number) => number;
  readonly #disk = new Disk();
  readonly #torrents = new Map<string, ManagedTorrent>();
  readonly #session: SharedSession;
  readonly #udp = new UdpTransport();
  /** Magnet links that wait for their metadata. */
  readonly #magnets = new Map<string, RunningMagnet>();
  /** What is being added, by info-hash. */
  readonly #arriving = new Map<string, Promise<unknown>>();
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;
  #listener: Promise<Listener> | undefined;
  #peerKeys = 0;
  #saveTimer: NodeJS.Timeout | undefined;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
    this.#session = new SharedSession(options);
    this.#randomBelow = options.randomBelow ?? ((bound) => randomInt(bound));
    this.peerId = makePeerId('0001', this.#randomBelow);
    this.setLimits(options);
    checkQueueLimits(options);
    if (options.stateFolder !== undefined) {
      this.#saveTimer = setInterval(() => this.#saveRecords(), LIMITS.recordSaveMs).unref();
    }
    // Whoever calls `close` hears what went wrong.
    const close = () => void this.close().catch(() => undefined);
    options.signal?.addEventListener('abort', close, { once: true, signal: this.#closing.signal });
    if (options.signal?.aborted === true) close();
  }

  get torrents(): readonly ClientTorrent[] {
    return [...this.#torrents.values()];
  }

  /** Magnet links whose metadata is not here yet, each with why it takes so long, and how much of it has come. */
  get waiting(): readonly { readonly infoHash: string; readonly why: string; readonly receivedBytes: number }[] {
    return [...this.#magnets]
      .filter(([, { isWaiting }]) => isWaiting)
      .map(([infoHash, { why, receivedBytes }]) => ({ infoHash, why, receivedBytes }));
  }

  /** The port that peers can reach us on. */
  async listen(): Promise<number> {
    const { bind, port = 0 } = this.#options;
    this.#listener ??= Listener.open(bind, port, (socket, address, handshake, rest) =>
      this.#session.welcome(socket, address, handshake, rest),
    );
    return (await this.#listener).port;
  }

  /**
   * Starts a torrent: the path or http(s) URL of a `.torrent` file, its bytes, what was parsed from it, or a magnet link, for
   * which it resolves when the metadata is there.
   */
  async add(source: Source, options: AddOptions): Promise<ClientTorrent> {
    this.#checkOpen();
    checkRates(options);
    checkGoals(options);
    const signals = options.signal === undefined ? [] : [options.signal];
    const signal = AbortSignal.any([this.#closing.signal, ...signals]);
    const read = await readSource(source, signal);
    const infoHash = 'infoBytes' in read ? wireHash(read) : wireHashOfMagnet(read);
    await this.listen();
    return this.#arrive(infoHash, () =>
      'infoBytes' in read ? this.#start(read, options, signal) : this.#startMagnet(read, infoHash, options, signal),
    );
  }

  /** Two at the same time must not add the same torrent. */
  async #arrive(infoHash: Uint8Array, add: () => Promise<ClientTorrent>): Promise<ClientTorrent> {
    const id = hex(infoHash);
    if (this.#torrents.has(id) || this.#arriving.has(id)) {
      throw new ClientError('already-added', `the torrent ${id} is in this client already`);
    }
    const arrival = add();
    this.#arriving.set(id, arrival);
    try {
      return await arrival;
    } finally {
      this.#arriving.delete(id);
    }
  }

  async #start(
    metainfo: Metainfo,
    options: OpenOptions,
    signal: AbortSignal,
    inherit?: () => MagnetLegacy,
  ): Promise<ClientTorrent> {
    const infoHash = wireHash(metainfo);
    const id = hex(infoHash);
    const seat = this.#session.join(wireHashes(metainfo));
    const opening = { ...options, signal };
    const managed = await ManagedTorrent.open(metainfo, infoHash, this.#statePath(id), opening, inherit, {
      disk: this.#disk,
      ...(await this.#identity(seat)),
      peersPerHostMax: this.#options.peersPerHostMax,
      queueLimits: this.#options,
      requeue: () => this.#requeue(),
      forget: () => {
        this.#torrents.delete(id);
        this.#session.leave(seat);
        this.#requeue();
      },
    }).catch((error) => {
      this.#session.leave(seat);
      this.#checkWanted(signal);
      throw error;
    });
    this.#session.run(seat, managed.running);
    if (signal.aborted) await managed.close();
    this.#checkWanted(signal);
    this.#torrents.set(id, managed);
    publish('torrentAdded', infoHash, metainfo.name);
    managed.setLimits(options);
    managed.running.learn(options.peers ?? []);
    this.#requeue();
    return managed;
  }

  /** Stops those whose turn it is not before others start. */
  #requeue(): void {
    if (this.#closing.signal.aborted) return;
    const all = [...this.#torrents.values()];
    const active = chooseActive(
      all.map(({ queueEntry }) => queueEntry),
      this.#options,
    );
    for (const [index, torrent] of all.entries()) if (!active[index]!) torrent.setTurn(false);
    for (const [index, torrent] of all.entries()) if (active[index]!) torrent.setTurn(true);
  }

  async #startMagnet(
    magnet: Magnet,
    infoHash: Uint8Array,
    options: AddOptions,
    signal: AbortSignal,
  ): Promise<ClientTorrent> {
    const id = hex(infoHash);
    const tiers = options.trackers ?? tiersOf(magnet);
    const seat = this.#session.join([infoHash]);
    const running = new RunningMagnet(magnet, infoHash, tiers, {
      ...(await this.#identity(seat)),
      listen: (notice) => publish('magnetNotice', infoHash, magnet.name, notice),
    });
    this.#magnets.set(id, running);
    this.#session.run(seat, running);
    try {
      const peers = [...magnet.peers, ...(options.peers ?? [])];
      const metainfo = metainfoOfMagnet(magnet, await running.metadata(peers, signal));
      // A private torrent has other rules for trackers (BEP 27), and of a hybrid one the swarm may be another.
      const isHeir = options.paused !== true && !metainfo.isPrivate && id === hex(wireHash(metainfo));
      if (!isHeir) await running.stop();
      const known = metainfo.isPrivate ? peers : [...running.addresses, ...peers];
      const inherit = isHeir ? () => running.bequeath() : undefined;
      const selectAtFirst = selectionOf(magnet, metainfo);
      const own = { ...options, trackers: tiers, peers: known, selectAtFirst };
      return await this.#start(metainfo, own, signal, inherit);
    } finally {
      this.#magnets.delete(id);
      await running.stop();
      this.#session.leave(seat);
    }
  }

  async #identity(seat: Seat) {
    return {
      seat,
      settle: () => this.#session.settle(),
      peerId: this.peerId,
      port: await this.listen(),
      udp: this.#udp,
      nextPeerKey: () => ++this.#peerKeys,
      randomBelow: this.#randomBelow,
    };
  }

  /** The limits of all torrents together from now on, both of them: what is not named is without limit. */
  setLimits(limits: RateLimits): void {
    checkRates(limits);
    this.#session.setLimits(limits);
    for (const { running } of this.#torrents.values()) running.refreshLimits();
  }

  /**
   * Stops everything; afterwards no socket, timer, thread or file of it is left. Rejects when a disk at fault could not be
   * given all that it should keep. A second call waits for the first.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearInterval(this.#saveTimer);
    this.#closing.abort(new ClientError('closed', 'this client is closed: make another'));
    const all = [...this.#torrents.values()].map((torrent) => torrent.close());
    const ends = await Promise.allSettled([...all, ...[...this.#magnets.values()].map((magnet) => magnet.stop())]);
    // They end by the signal, and let go of their files.
    await Promise.allSettled(this.#arriving.values());
    await (await this.#listener?.catch(() => undefined))?.close();
    this.#udp.close();
    await this.#disk.close();
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #saveRecords(): void {
    for (const torrent of this.#torrents.values()) void torrent.saveRecord();
  }

  #statePath(id: string): string | undefined {
    const { stateFolder } = this.#options;
    if (stateFolder === undefined) return undefined;
    mkdirSync(stateFolder, { recursive: true });
    return join(stateFolder, `${id}.state`);
  }

  #checkWanted(signal: AbortSignal): void {
    this.#checkOpen();
    if (signal.aborted)
      throw new ClientError('aborted', 'ended while the torrent was being added', { cause: signal.reason });
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
