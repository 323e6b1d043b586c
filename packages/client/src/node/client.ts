import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Magnet, Metainfo } from '@unchoke/metainfo';
import { Disk } from '@unchoke/pieces/node';
import { UdpTransport } from '@unchoke/tracker/node';
import { makePeerId } from '@unchoke/wire';
import type { PeerAddress } from '../address-book.js';
import { ClientError } from '../errors.js';
import type { TorrentNotice } from '../events.js';
import type { RateLimits } from '../seat.js';
import { Session } from '../session.js';
import type { TorrentStatus } from '../torrent-status.js';
import { publish } from './diagnostics.js';
import { Listener } from './listener.js';
import { metainfoOfMagnet, tiersOf, wireHashOfMagnet } from './magnet-metainfo.js';
import { NoticeStream } from './notice-stream.js';
import { type MagnetLegacy, RunningMagnet } from './running-magnet.js';
import { RunningTorrent } from './running-torrent.js';
import { readSource, type Source } from './source.js';
import { checkSupported, pieceHashes, storageFiles, wireHash } from './torrent-source.js';

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
  /** Bytes of blocks a second, of all torrents together; without one there is no limit. */
  readonly maxDownloadRate?: number;
  readonly maxUploadRate?: number;
  /** Closes the client. */
  readonly signal?: AbortSignal;
}

/**
 * What to do with a torrent.
 *
 * @example
 * ```ts
 * import type { AddOptions } from '@unchoke/client/node';
 *
 * const options: AddOptions = { path: 'downloads', peers: [{ host: '127.0.0.1', port: 6881 }] };
 * console.assert(options.path === 'downloads');
 * ```
 */
export interface AddOptions {
  /** The folder that its files go to. */
  readonly path: string;
  /** Peers to try, beside those that trackers name. */
  readonly peers?: readonly PeerAddress[];
  /** Trackers instead of the torrent's own. */
  readonly trackers?: readonly (readonly string[])[];
  readonly strategy?: 'rarest-first' | 'sequential';
  /** Bytes of blocks a second, of this torrent alone. */
  readonly maxDownloadRate?: number;
  readonly maxUploadRate?: number;
  /** Ends `add` while it fetches, waits for metadata or opens files. A torrent that was added is ended by `remove`. */
  readonly signal?: AbortSignal;
}

/**
 * A torrent in a client.
 *
 * @example
 * ```ts
 * import type { ClientTorrent } from '@unchoke/client/node';
 *
 * const describe = ({ metainfo, status }: ClientTorrent) => `${metainfo.name}: ${status.why}`;
 * console.assert(typeof describe === 'function');
 * ```
 */
export interface ClientTorrent {
  readonly metainfo: Metainfo;
  /** Settles when everything wanted is verified; rejects when the torrent is removed before that. */
  readonly done: Promise<void>;
  readonly status: TorrentStatus;
  /** Called with everything worth knowing; answers a function that ends it. */
  onNotice(listen: (notice: TorrentNotice) => void): () => void;
  /** The same to be read at one's own pace, until the torrent is removed: `for await (const notice of torrent.events())`. */
  events(): AsyncIterableIterator<TorrentNotice>;
  /** Its limits from now on, both of them: what is not named is without limit. */
  setLimits(limits: RateLimits): void;
  /** Stops and forgets it; its files stay. */
  remove(): Promise<void>;
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
  readonly #session = new Session();
  readonly #udp = new UdpTransport();
  /** Magnet links that wait for their metadata. */
  readonly #magnets = new Map<string, RunningMagnet>();
  /** Info-hashes of what is being added. */
  readonly #arriving = new Set<string>();
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;
  #listener: Promise<Listener> | undefined;
  #peerKeys = 0;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
    this.#randomBelow = options.randomBelow ?? ((bound) => randomInt(bound));
    this.peerId = makePeerId('0001', this.#randomBelow);
    this.setLimits(options);
    const close = () => void this.close();
    options.signal?.addEventListener('abort', close, { once: true, signal: this.#closing.signal });
    if (options.signal?.aborted === true) close();
  }

  get torrents(): readonly ClientTorrent[] {
    return [...this.#torrents.values()];
  }

  /** Magnet links that were added and are not torrents yet, each with why it takes so long. */
  get waiting(): readonly { readonly infoHash: string; readonly why: string }[] {
    return [...this.#magnets].map(([infoHash, { why }]) => ({ infoHash, why }));
  }

  /** The port that peers can reach us on. */
  async listen(): Promise<number> {
    this.#listener ??= Listener.open(
      this.#options.bind,
      this.#options.port ?? 0,
      (socket, address, handshake, rest) => {
        const id = hex(handshake.infoHash);
        const target = this.#torrents.get(id)?.running ?? this.#magnets.get(id);
        target?.accept(socket, address, handshake, rest);
        return target !== undefined;
      },
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
    const signals = options.signal === undefined ? [] : [options.signal];
    const signal = AbortSignal.any([this.#closing.signal, ...signals]);
    const read = await readSource(source, signal);
    const infoHash = 'infoBytes' in read ? wireHash(read) : wireHashOfMagnet(read);
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
    this.#arriving.add(id);
    try {
      return await add();
    } finally {
      this.#arriving.delete(id);
    }
  }

  async #start(
    metainfo: Metainfo,
    options: AddOptions,
    signal: AbortSignal,
    inherit?: () => MagnetLegacy,
  ): Promise<ClientTorrent> {
    checkSupported(metainfo);
    const infoHash = wireHash(metainfo);
    const id = hex(infoHash);
    const managed = await ManagedTorrent.open(metainfo, infoHash, this.#statePath(id), options, inherit, {
      disk: this.#disk,
      ...(await this.#identity()),
      seat: this.#session.join(),
      forget: () => this.#torrents.delete(id),
    });
    if (signal.aborted) {
      await managed.remove();
      this.#checkOpen();
      throw new ClientError('aborted', 'ended while the torrent was being added', { cause: signal.reason });
    }
    this.#torrents.set(id, managed);
    publish('torrentAdded', infoHash, metainfo.name);
    managed.setLimits(options);
    managed.running.start(options.peers ?? []);
    return managed;
  }

  async #startMagnet(
    magnet: Magnet,
    infoHash: Uint8Array,
    options: AddOptions,
    signal: AbortSignal,
  ): Promise<ClientTorrent> {
    const id = hex(infoHash);
    const tiers = options.trackers ?? tiersOf(magnet);
    const running = new RunningMagnet(magnet, infoHash, tiers, {
      ...(await this.#identity()),
      listen: (notice) => publish('magnetNotice', infoHash, magnet.name, notice),
    });
    this.#magnets.set(id, running);
    try {
      const peers = [...magnet.peers, ...(options.peers ?? [])];
      const metainfo = metainfoOfMagnet(magnet, await running.metadata(peers, signal));
      // A private torrent has other rules for trackers (BEP 27), and of a hybrid one the swarm may be another.
      const isHeir = !metainfo.isPrivate && id === hex(wireHash(metainfo));
      if (!isHeir) await running.stop();
      const known = metainfo.isPrivate ? peers : [...running.addresses, ...peers];
      const inherit = isHeir ? () => running.bequeath() : undefined;
      return await this.#start(metainfo, { ...options, trackers: tiers, peers: known }, signal, inherit);
    } finally {
      this.#magnets.delete(id);
      await running.stop();
    }
  }

  async #identity() {
    return {
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
    this.#session.setRates(limits, performance.now());
    for (const { running } of this.#torrents.values()) running.refreshLimits();
  }

  /** Stops everything; afterwards no socket, timer, thread or file of it is left. A second call waits for the first. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort(new ClientError('closed', 'this client is closed: make another'));
    const all = [...this.#torrents.values()].map((torrent) => torrent.remove());
    await Promise.all([...all, ...[...this.#magnets.values()].map((magnet) => magnet.stop())]);
    await (await this.#listener?.catch(() => undefined))?.close();
    this.#udp.close();
    await this.#disk.close();
  }

  #statePath(id: string): string | undefined {
    const { stateFolder } = this.#options;
    if (stateFolder === undefined) return undefined;
    mkdirSync(stateFolder, { recursive: true });
    return join(stateFolder, `${id}.state`);
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason;
  }
}

class ManagedTorrent implements ClientTorrent {
  readonly metainfo: Metainfo;
  readonly done: Promise<void>;
  readonly running: RunningTorrent;
  readonly #listeners = new Set<(notice: TorrentNotice) => void>();
  readonly #streams = new Set<NoticeStream>();
  readonly #forget: () => void;
  #settle: { readonly resolve: () => void; readonly reject: (reason: unknown) => void } | undefined;
  #removal: Promise<void> | undefined;

  private constructor(running: RunningTorrent, forget: () => void) {
    this.running = running;
    this.metainfo = running.metainfo;
    this.#forget = forget;
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Whoever does not wait for it must not be troubled by it.
    this.done.catch(() => undefined);
    const { haveCount, pieceCount } = running.status;
    if (haveCount === pieceCount) this.#settle?.resolve();
  }

  static async open(
    metainfo: Metainfo,
    infoHash: Uint8Array,
    statePath: string | undefined,
    options: AddOptions,
    inherit: (() => MagnetLegacy) | undefined,
    host: Parameters<typeof RunningTorrent.open>[1] & { readonly forget: () => void },
  ): Promise<ManagedTorrent> {
    let managed: ManagedTorrent | undefined;
    const source = {
      metainfo,
      infoHash,
      root: options.path,
      files: storageFiles(metainfo),
      hashes: pieceHashes(metainfo),
      state: statePath === undefined ? undefined : { path: statePath, infoHash },
      trackerTiers: options.trackers ?? metainfo.trackerTiers,
      strategy: options.strategy ?? 'rarest-first',
      inherit,
    } as const;
    const running = await RunningTorrent.open(source, host, (notice) => managed?.take(notice));
    managed = new ManagedTorrent(running, host.forget);
    return managed;
  }

  get status(): TorrentStatus {
    return this.running.status;
  }

  onNotice(listen: (notice: TorrentNotice) => void): () => void {
    this.#listeners.add(listen);
    return () => void this.#listeners.delete(listen);
  }

  events(): AsyncIterableIterator<TorrentNotice> {
    const stream: NoticeStream = new NoticeStream(() => this.#streams.delete(stream));
    if (this.#removal === undefined) this.#streams.add(stream);
    else stream.end();
    return stream;
  }

  setLimits(limits: RateLimits): void {
    checkRates(limits);
    this.running.setLimits(limits);
  }

  remove(): Promise<void> {
    this.#removal ??= this.#remove();
    return this.#removal;
  }

  async #remove(): Promise<void> {
    await this.running.stop();
    this.#forget();
    publish('torrentRemoved', this.running.infoHash, this.metainfo.name);
    for (const stream of this.#streams) stream.end();
    this.#settle?.reject(new ClientError('closed', 'the torrent was removed before it was complete'));
  }

  take(notice: TorrentNotice): void {
    if (notice.type === 'torrent-completed') this.#settle?.resolve();
    publish('torrentNotice', this.running.infoHash, this.metainfo.name, notice);
    for (const stream of this.#streams) stream.push(notice);
    for (const listen of this.#listeners) callSafely(() => listen(notice));
  }
}

/** A listener that throws is a mistake of its owner, and told as one; the torrent in the middle of its work must not suffer. */
function callSafely(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function checkRates({ maxDownloadRate, maxUploadRate }: RateLimits): void {
  for (const [name, rate] of Object.entries({ maxDownloadRate, maxUploadRate })) {
    if (rate === undefined || rate > 0) continue;
    throw new ClientError(
      'bad-option',
      `${name} ${rate}: expected bytes a second, above 0; leave it away for no limit`,
    );
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
