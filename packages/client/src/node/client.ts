import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Metainfo, parseMetainfo } from '@unchoke/metainfo';
import { hashes, readTorrent } from '@unchoke/metainfo/node';
import { Disk } from '@unchoke/pieces/node';
import { makePeerId } from '@unchoke/wire';
import type { PeerAddress } from '../address-book.js';
import { ClientError } from '../errors.js';
import type { TorrentNotice } from '../events.js';
import type { RateLimits } from '../seat.js';
import { Session } from '../session.js';
import type { TorrentStatus } from '../torrent-status.js';
import { Listener } from './listener.js';
import { RunningTorrent } from './running-torrent.js';
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
  #listener: Promise<Listener> | undefined;
  #peerKeys = 0;
  #isClosed = false;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
    this.#randomBelow = options.randomBelow ?? ((bound) => randomInt(bound));
    this.peerId = makePeerId('0001', this.#randomBelow);
    this.setLimits(options);
  }

  get torrents(): readonly ClientTorrent[] {
    return [...this.#torrents.values()];
  }

  /** The port that peers can reach us on. */
  async listen(): Promise<number> {
    this.#listener ??= Listener.open(
      this.#options.bind,
      this.#options.port ?? 0,
      (socket, address, handshake, rest) => {
        const torrent = this.#torrents.get(hex(handshake.infoHash));
        torrent?.running.accept(socket, address, handshake, rest);
        return torrent !== undefined;
      },
    );
    return (await this.#listener).port;
  }

  /** Starts a torrent: the path of a `.torrent` file, its bytes, or what was parsed from it. */
  async add(source: string | Uint8Array | Metainfo, options: AddOptions): Promise<ClientTorrent> {
    this.#checkOpen();
    checkRates(options);
    const metainfo = await metainfoOf(source);
    checkSupported(metainfo);
    const infoHash = wireHash(metainfo);
    const id = hex(infoHash);
    if (this.#torrents.has(id)) throw new ClientError('already-added', `${metainfo.name} is in this client already`);
    const port = await this.listen();
    const managed = await ManagedTorrent.open(metainfo, infoHash, this.#statePath(id), options, {
      disk: this.#disk,
      peerId: this.peerId,
      port,
      nextPeerKey: () => ++this.#peerKeys,
      randomBelow: this.#randomBelow,
      seat: this.#session.join(),
      forget: () => this.#torrents.delete(id),
    });
    if (this.#isClosed) {
      await managed.remove();
      this.#checkOpen();
    }
    this.#torrents.set(id, managed);
    managed.setLimits(options);
    managed.running.start(options.peers ?? []);
    return managed;
  }

  /** The limits of all torrents together from now on, both of them: what is not named is without limit. */
  setLimits(limits: RateLimits): void {
    checkRates(limits);
    this.#session.setRates(limits, performance.now());
    for (const { running } of this.#torrents.values()) running.refreshLimits();
  }

  /** Stops everything; afterwards no socket, timer, thread or file of it is left. A second call waits for the first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#torrents.values()].map((torrent) => torrent.remove()));
    await (await this.#listener)?.close();
    await this.#disk.close();
  }

  #statePath(id: string): string | undefined {
    const { stateFolder } = this.#options;
    if (stateFolder === undefined) return undefined;
    mkdirSync(stateFolder, { recursive: true });
    return join(stateFolder, `${id}.state`);
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new ClientError('closed', 'this client is closed: make another');
  }
}

class ManagedTorrent implements ClientTorrent {
  readonly metainfo: Metainfo;
  readonly done: Promise<void>;
  readonly running: RunningTorrent;
  readonly #listeners = new Set<(notice: TorrentNotice) => void>();
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
    this.#settle?.reject(new ClientError('closed', 'the torrent was removed before it was complete'));
  }

  take(notice: TorrentNotice): void {
    if (notice.type === 'torrent-completed') this.#settle?.resolve();
    for (const listen of this.#listeners) listen(notice);
  }
}

async function metainfoOf(source: string | Uint8Array | Metainfo): Promise<Metainfo> {
  if (typeof source === 'string') return readTorrent(source);
  return source instanceof Uint8Array ? parseMetainfo(source, hashes) : source;
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
