import type { Metainfo } from '@unchoke/metainfo';
import { ClientError } from '../errors.js';
import type { TorrentNotice } from '../events.js';
import type { RateLimits } from '../seat.js';
import type { TorrentStatus } from '../torrent-status.js';
import type { AddOptions, ClientTorrent } from './client-torrent.js';
import { publish } from './diagnostics.js';
import { NoticeStream } from './notice-stream.js';
import type { MagnetLegacy } from './running-magnet.js';
import { RunningTorrent } from './running-torrent.js';
import { pieceHashes, prioritiesOf, selectedFiles, storageFiles } from './torrent-source.js';

/** A torrent in a client: what it promises, and who listens to it. */
export class ManagedTorrent implements ClientTorrent {
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
    const { haveCount, unwantedCount, pieceCount } = running.status;
    if (haveCount + unwantedCount === pieceCount) this.#settle?.resolve();
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
    const selected = selectedFiles(metainfo, options.select);
    const source = {
      metainfo,
      infoHash,
      root: options.path,
      files: storageFiles(metainfo, selected),
      hashes: pieceHashes(metainfo),
      state: statePath === undefined ? undefined : { path: statePath, infoHash },
      trackerTiers: options.trackers ?? metainfo.trackerTiers,
      strategy: options.strategy ?? 'rarest-first',
      priorities: prioritiesOf(metainfo, selected),
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

  pause(): void {
    if (this.#removal === undefined) this.running.pause();
  }

  resume(): void {
    if (this.#removal === undefined) this.running.start([]);
  }

  setDeadline(piece: number, withinMs: number): void {
    this.running.setDeadline(piece, withinMs);
  }

  remove(): Promise<void> {
    this.#removal ??= this.#remove();
    return this.#removal;
  }

  async #remove(): Promise<void> {
    try {
      await this.running.stop();
    } finally {
      this.#forget();
      publish('torrentRemoved', this.running.infoHash, this.metainfo.name);
      for (const stream of this.#streams) stream.end();
      this.#settle?.reject(new ClientError('closed', 'the torrent was removed before it was complete'));
    }
  }

  take(notice: TorrentNotice): void {
    if (notice.type === 'torrent-completed') this.#settle?.resolve();
    publish('torrentNotice', this.running.infoHash, this.metainfo.name, notice);
    for (const stream of this.#streams) stream.push(notice);
    for (const listen of this.#listeners) callSafely(() => listen(notice));
  }
}

/** Refuses what is no rate, before anything happens. */
export function checkRates({ maxDownloadRate, maxUploadRate }: RateLimits): void {
  for (const [name, rate] of Object.entries({ maxDownloadRate, maxUploadRate })) {
    if (rate === undefined || rate > 0) continue;
    throw new ClientError(
      'bad-option',
      `${name} ${rate}: expected bytes a second, above 0; leave it away for no limit`,
    );
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
