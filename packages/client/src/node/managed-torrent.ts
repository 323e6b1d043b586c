import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Metainfo } from '@unchoke/metainfo';
import { deleteFiles, foldersThatExist, moveFiles } from '@unchoke/pieces/node';
import { ClientError } from '../errors.js';
import type { TorrentNotice } from '../events.js';
import { type QueueEntry, type QueueLimits, whyQueued } from '../queue.js';
import type { RateLimits } from '../seat.js';
import type { SeedGoals } from '../seed-goal.js';
import type { AddOptions, ClientTorrent, ClientTorrentStatus } from './client-torrent.js';
import { publish } from './diagnostics.js';
import { choose, type FilePriority, rechoose } from './file-choice.js';
import { NoticeStream } from './notice-stream.js';
import type { MagnetLegacy } from './running-magnet.js';
import { RunningTorrent } from './running-torrent.js';
import { SeedRecordFile } from './seed-record-file.js';
import type { Check } from './torrent-disk.js';
import { type TorrentFacts, TorrentRecord } from './torrent-record.js';
import { pieceHashes, storageFiles, type TorrentSource } from './torrent-source.js';

/** What the client adds to what its user says. */
export interface OpenOptions extends AddOptions {
  /** When nobody has said anything else, now or in an earlier run. */
  readonly selectAtFirst?: readonly number[] | undefined;
}

/** What a torrent needs of its client, and tells it. */
type ManagingHost = Parameters<typeof RunningTorrent.open>[1] & {
  readonly queueLimits: QueueLimits;
  /** Whose turn it is may have changed. */
  readonly requeue: () => void;
  readonly forget: () => void;
};

/** A torrent in a client: what it promises, and who listens to it. */
export class ManagedTorrent implements ClientTorrent {
  readonly metainfo: Metainfo;
  readonly done: Promise<void>;
  readonly seeded: Promise<void>;
  readonly running: RunningTorrent;
  readonly #listeners = new Set<(notice: TorrentNotice) => void>();
  readonly #streams = new Set<NoticeStream>();
  readonly #host: ManagingHost;
  readonly #place: Pick<TorrentSource, 'files' | 'hashes' | 'state'>;
  readonly #record: TorrentRecord;
  #facts: TorrentFacts;
  readonly #given: SeedRecordFile | undefined;
  readonly #done: Promised = new Promised();
  readonly #seeded: Promised = new Promised();
  /** Nothing runs that was stopped by a person or by its goal, or whose turn it is not. */
  #pause: 'by-person' | 'goal-reached' | undefined;
  #isTurn = false;
  #isRunning: boolean | undefined = false;
  #removal: Promise<void> | undefined;
  /** Works on the files follow each other. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    running: RunningTorrent,
    place: Pick<TorrentSource, 'files' | 'hashes' | 'state'>,
    record: TorrentRecord,
    facts: TorrentFacts,
    given: SeedRecordFile | undefined,
    host: ManagingHost,
  ) {
    this.#place = place;
    this.running = running;
    this.metainfo = running.metainfo;
    this.#host = host;
    this.#record = record;
    this.#facts = facts;
    this.#given = given;
    this.done = this.#done.promise;
    this.seeded = this.#seeded.promise;
    this.checkDone();
  }

  static async open(
    metainfo: Metainfo,
    infoHash: Uint8Array,
    statePath: string | undefined,
    options: OpenOptions,
    inherit: (() => MagnetLegacy) | undefined,
    host: ManagingHost,
  ): Promise<ManagedTorrent> {
    const given = statePath === undefined ? undefined : await SeedRecordFile.open(`${statePath}.given`);
    let managed: ManagedTorrent | undefined;
    const record = new TorrentRecord(statePath === undefined ? undefined : `${statePath}.json`);
    const facts = factsOf(metainfo, options, record.read(metainfo.files.length));
    record.save(facts);
    const source = {
      metainfo,
      infoHash,
      root: options.path,
      files: storageFiles(metainfo),
      hashes: pieceHashes(metainfo),
      state: statePath === undefined ? undefined : { path: statePath, infoHash },
      trackerTiers: options.trackers ?? metainfo.trackerTiers,
      strategy: options.strategy ?? 'rarest-first',
      choice: facts.choice,
      seedGoals: { seedRatio: options.seedRatio, seedTimeMs: options.seedTimeMs },
      seedRecord: given?.past,
      inherit,
    } as const;
    const listener = {
      notice: (notice: TorrentNotice) => managed?.take(notice),
      settled: () => managed?.checkDone(),
    };
    const running = await RunningTorrent.open(source, host, listener, checkOf(metainfo, options));
    managed = new ManagedTorrent(running, source, record, facts, given, host);
    if (options.paused === true) managed.#pause = 'by-person';
    // The trackers of a magnet link go on until they are told otherwise.
    if (inherit !== undefined) managed.#isRunning = undefined;
    return managed;
  }

  get status(): ClientTorrentStatus {
    const { status } = this.running;
    if (status.state !== 'paused') return status;
    if (this.#pause === 'goal-reached') return { ...status, why: 'the seed goal is reached' };
    if (this.#pause !== undefined || this.#isTurn || this.#removal !== undefined) return status;
    return { ...status, state: 'queued', why: whyQueued(this.running.isComplete, this.#host.queueLimits) };
  }

  /** How the queue sees it. */
  get queueEntry(): QueueEntry {
    return { isPaused: this.#pause !== undefined, isSeeding: this.running.isComplete };
  }

  /** What the queue has decided. */
  setTurn(isTurn: boolean): void {
    this.#isTurn = isTurn;
    const isRunning = isTurn && this.#pause === undefined;
    if (isRunning === this.#isRunning || this.#removal !== undefined) return;
    this.#isRunning = isRunning;
    if (isRunning) this.running.start();
    else this.running.pause();
  }

  /** So that a run that is killed forgets little. */
  async saveRecord(): Promise<void> {
    await this.#given?.save(this.running.seedRecord);
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
    this.#setPause('by-person');
  }

  resume(): void {
    this.#setPause(undefined);
  }

  #setPause(pause: 'by-person' | undefined): void {
    if (this.#removal !== undefined) return;
    this.#pause = pause;
    this.#host.requeue();
  }

  select(files: readonly number[]): void {
    this.#choose(choose(this.metainfo, files));
  }

  prioritize(file: number, priority: FilePriority): void {
    this.#choose(rechoose(this.metainfo, this.running.choice, file, priority));
  }

  /** Remembered first: a choice that cannot be kept is told to whoever makes it. */
  #choose(choice: readonly FilePriority[]): void {
    if (this.#removal !== undefined) return;
    const facts = { ...this.#facts, choice };
    this.#record.save(facts);
    this.#facts = facts;
    this.running.choose(choice);
  }

  /** What is wanted may be there now, or no longer. */
  checkDone(): void {
    if (this.running.isComplete) this.#done.resolve();
    this.#host.requeue();
  }

  setDeadline(piece: number, withinMs: number): void {
    this.running.setDeadline(piece, withinMs);
  }

  recheck({ signal }: Abortable = {}): Promise<void> {
    return this.#inTurn(() => this.running.reopen('all', signal), signal);
  }

  move(path: string, { signal }: Abortable = {}): Promise<void> {
    return this.#inTurn(() => this.#move(resolve(path), signal), signal);
  }

  async #move(root: string, given: AbortSignal | undefined): Promise<void> {
    const { keepFolders, root: from } = this.#facts;
    if (root === from) return;
    const place = { ...this.#place, root: from, keepFolders };
    const facts = { ...this.#facts, root, keepFolders: foldersThatExist(root, place.files) };
    await this.running.reopen('changed', given, async (signal) => {
      await moveFiles(place, root, { signal });
      return root;
    });
    this.#facts = { ...facts, choice: this.running.choice };
    this.#record.save(this.#facts);
  }

  #inTurn(work: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    const turn = this.#turn.then(async () => {
      if (this.#removal !== undefined) throw new ClientError('closed', 'the torrent was removed');
      try {
        signal?.throwIfAborted();
        await work();
      } catch (error) {
        if (signal?.aborted !== true) throw error;
        throw new ClientError('aborted', 'ended before it was done; the torrent goes on', { cause: error });
      }
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  remove({ deleteData = false }: { readonly deleteData?: boolean } = {}): Promise<void> {
    this.#removal ??= this.#end(async () => {
      if (deleteData) await deleteFiles({ ...this.#place, ...this.#facts });
      this.#record.forget();
      const { state } = this.#place;
      if (state !== undefined) await rm(state.path, { force: true });
      await this.#given?.forget();
    });
    return this.#removal;
  }

  /** The client closes: the next one goes on from here. */
  close(): Promise<void> {
    this.#removal ??= this.#end();
    return this.#removal;
  }

  async #end(last?: () => Promise<void>): Promise<void> {
    this.running.abort();
    await this.#turn;
    try {
      await this.running
        .stop()
        .finally(() => this.saveRecord())
        .finally(last);
    } finally {
      this.#host.forget();
      publish('torrentRemoved', this.running.infoHash, this.metainfo.name);
      for (const stream of this.#streams) stream.end();
      this.#done.reject(new ClientError('closed', 'the torrent was removed before it was complete'));
      this.#seeded.reject(new ClientError('closed', 'the torrent was removed before its seed goal was reached'));
    }
  }

  take(notice: TorrentNotice): void {
    if (notice.type === 'torrent-completed') this.checkDone();
    else if (notice.type === 'seed-goal-reached') this.#finish();
    publish('torrentNotice', this.running.infoHash, this.metainfo.name, notice);
    for (const stream of this.#streams) stream.push(notice);
    for (const listen of this.#listeners) callSafely(() => listen(notice));
  }

  #finish(): void {
    this.#pause = 'goal-reached';
    this.#isRunning = false;
    this.running.pause();
    void this.saveRecord();
    this.#seeded.resolve();
    this.#host.requeue();
  }
}

/** How what is there is looked at first. */
function checkOf({ pieceLength, totalLength }: Metainfo, { signal, onChecking }: OpenOptions): Check {
  const bytesOf = (pieces: number) => Math.min(totalLength, pieces * pieceLength);
  return {
    ...(signal === undefined ? {} : { signal }),
    onProgress: ({ checked, total }) =>
      callSafely(() => onChecking?.({ hashedBytes: bytesOf(checked), totalBytes: bytesOf(total) })),
  };
}

interface Abortable {
  readonly signal?: AbortSignal;
}

/** A promise that is kept later. Whoever does not wait for it must not be troubled by it. */
class Promised {
  #settle: { readonly resolve: () => void; readonly reject: (reason: unknown) => void } | undefined;
  readonly promise: Promise<void> = new Promise((resolve, reject) => {
    this.#settle = { resolve, reject };
  });

  constructor() {
    this.promise.catch(() => undefined);
  }

  resolve(): void {
    this.#settle?.resolve();
  }

  reject(reason: unknown): void {
    this.#settle?.reject(reason);
  }
}

/** Refuses what is no goal. */
export function checkGoals({ seedRatio, seedTimeMs }: SeedGoals): void {
  for (const [name, goal] of Object.entries({ seedRatio, seedTimeMs })) {
    if (goal === undefined || goal >= 0) continue;
    throw new ClientError('bad-option', `${name} ${goal}: expected 0 or more; leave it away to seed for ever`);
  }
}

/** What the caller says comes first, then what was said last; a folder that was chosen anew is looked at anew. */
function factsOf(
  metainfo: Metainfo,
  { path, select, selectAtFirst }: OpenOptions,
  saved: TorrentFacts | undefined,
): TorrentFacts {
  const root = resolve(path);
  const isRemembered = select === undefined && saved !== undefined;
  const wanted = (typeof select === 'function' ? select(metainfo) : select) ?? selectAtFirst;
  const choice = isRemembered ? saved.choice : choose(metainfo, wanted);
  const keepFolders = saved?.root === root ? saved.keepFolders : foldersThatExist(root, storageFiles(metainfo));
  return { root, keepFolders, choice };
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
