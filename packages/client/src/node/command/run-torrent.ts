import { stat } from 'node:fs/promises';
import { type Metainfo, parseMagnet } from '@unchoke/metainfo';
import { Client } from '../client.js';
import type { AddOptions, ClientTorrent } from '../client-torrent.js';
import { storageFiles } from '../torrent-source.js';
import { meantFolder } from './content-folder.js';
import { keepYoungHeapSmall, optimizeLate } from './engine.js';
import { EXIT } from './exit-codes.js';
import { exitCodeOf, Failure, messageOf } from './failure.js';
import { fileList, filesAsJson, selectedFiles } from './file-list.js';
import { counted, formatBytes, formatSeconds, hex, printable, shellWord } from './format.js';
import { checkFreeSpace, checkWritable, isDiskFull } from './free-space.js';
import { showHashing } from './hashing-progress.js';
import type { LogFile } from './log-file.js';
import { showMetadataWait, whyWaiting } from './metadata-wait.js';
import { tellNotices } from './notices.js';
import { Output } from './output.js';
import { momentOf, Progress } from './progress.js';
import { checkOrder, isMagnet, isWebAddress, readTorrentFile, warnOfNotes } from './read-torrent-file.js';
import { addOptions, clientOptions, type RunOptions } from './run-options.js';
import { type RunEnd, summaryFacts, summaryText } from './run-summary.js';
import { StopSignals } from './stop-signals.js';
import { Watchdogs } from './watchdogs.js';

type Purpose = 'download' | 'seed';

/** Closing that takes longer than this is broken off. Trackers get 4 seconds of it. */
const CLOSE_MS = 5_000;
/** Who waits longer than this is told why. */
const PATIENCE_MS = 500;

/** Runs one torrent until it is complete, or for as long as it may seed. Answers the exit code. */
export async function runTorrent(source: string, options: RunOptions, purpose: Purpose): Promise<number> {
  return new TorrentRun(source, options, purpose).run();
}

class TorrentRun {
  readonly #source: string;
  readonly #options: RunOptions;
  readonly #purpose: Purpose;
  readonly #output: Output;
  readonly #stop = new StopSignals();
  readonly #watchdogs = new Watchdogs();
  readonly #startMs = performance.now();
  #client: Client | undefined;
  #torrent: ClientTorrent | undefined;
  #progress: Progress | undefined;
  #log: LogFile | undefined;
  /** Why the disk takes nothing, while it does not. */
  #diskProblem: string | undefined;
  /** Why it ended, in a sentence, when it was not its goal. */
  #error: string | undefined;

  constructor(source: string, options: RunOptions, purpose: Purpose) {
    this.#source = source;
    this.#options = options;
    this.#purpose = purpose;
    this.#output = new Output(options);
  }

  async run(): Promise<number> {
    try {
      const outcome = await this.#run().catch((error: unknown) => ({ error }));
      const closeError = await this.#close();
      // What could not be kept matters most where all else went well.
      const error = typeof outcome === 'object' ? outcome.error : outcome === EXIT.ok ? closeError : undefined;
      if (error !== undefined) throw this.#stop.failureFor(error);
      if (this.#torrent !== undefined) this.#summarise(momentOf(this.#torrent), outcome as number);
      return outcome as number;
    } catch (error) {
      const facts = this.#end(exitCodeOf(error), messageOf(error));
      if (this.#output.isJson) this.#output.json('summary', summaryFacts(facts));
      throw error;
    } finally {
      this.#stop.ignore();
      this.#log?.close();
    }
  }

  async #run(): Promise<number> {
    const options = this.#options;
    if (options.log !== undefined) this.#log = await this.#keepLog(options.log);
    const stall = this.#watchdogs.stall(() => this.#receivedBytes, options.stallTimeout);
    const ended = Promise.race([this.#stop.caught, this.#watchdogs.timeout(options.timeout), stall]);
    const source = await this.#orEndedEarly(this.#readSource(), ended);
    if (options.list === true && typeof source !== 'string') return this.#list(source);
    if (this.#purpose === 'seed') await stat(options.out);
    else await this.#checkPlace(source);
    const torrent = await this.#orEndedEarly(this.#add(source), ended);
    if (options.list === true) return this.#list(torrent.metainfo);
    this.#torrent = torrent;
    if (this.#purpose === 'seed') this.#checkWhole(torrent);
    this.#progress = new Progress(torrent, this.#output);
    return this.#explained(torrent, await Promise.race([this.#goal(torrent), ended]));
  }

  async #keepLog(path: string): Promise<LogFile> {
    const { keepLog } = await import('./log-file.js');
    return keepLog(path, (error) => this.#output.warn(`the log ends here: ${error.message}`));
  }

  /** Of what it waits for: the metadata of a magnet link, then the content; `undefined` when it waits for nothing from outside. */
  get #receivedBytes(): number | undefined {
    if (this.#torrent === undefined) return this.#client?.waiting[0]?.receivedBytes;
    const { state, receivedBytes } = this.#torrent.status;
    return state === 'downloading' ? receivedBytes : undefined;
  }

  /** A torrent is read here; a magnet link is checked as far as it can be. */
  async #readSource(): Promise<string | Metainfo> {
    const { signal } = this.#stop;
    if (!isMagnet(this.#source)) return readTorrentFile(this.#source, { ...this.#options, signal }, this.#output);
    warnOfNotes('the magnet link', parseMagnet(this.#source).notes, this.#output);
    return this.#source;
  }

  async #checkPlace(source: string | Metainfo): Promise<void> {
    await checkWritable(this.#options.out);
    if (typeof source !== 'string') await this.#checkFits(source);
  }

  async #add(source: string | Metainfo): Promise<ClientTorrent> {
    optimizeLate();
    const client = new Client(clientOptions(this.#options));
    this.#client = client;
    const listeningPort = await client.listen();
    // Who gives wants to be found.
    const isNews = this.#purpose === 'seed' && this.#output.style === 'bar';
    this.#output.tell(isNews ? 0 : 1, 'listening', { port: listeningPort }, `listening on port ${listeningPort}`);
    tellNotices(this.#output);
    const endWait = showMetadataWait(client, parsedName(source), this.#output);
    const hashing = showHashing('checking what is there', this.#output, 'checking');
    const onChecking: AddOptions['onChecking'] = ({ hashedBytes, totalBytes }) => {
      endWait();
      hashing.at(hashedBytes, totalBytes);
    };
    try {
      const torrent = await client.add(source, { ...addOptions(this.#options), onChecking });
      hashing.end();
      keepYoungHeapSmall();
      torrent.onNotice((notice) => {
        if (notice.type === 'storage-stalled') this.#diskProblem = notice.problem;
        else if (notice.type === 'storage-ready') this.#diskProblem = undefined;
      });
      if (typeof source === 'string') await this.#checkArrived(torrent.metainfo);
      this.#introduce(torrent.metainfo, listeningPort);
      return torrent;
    } finally {
      endWait();
      hashing.end();
    }
  }

  /** What a torrent file is asked before it is added, a magnet link can only be asked now. */
  async #checkArrived(metainfo: Metainfo): Promise<void> {
    checkOrder(metainfo.name, metainfo, this.#options, this.#output);
    if (this.#options.list !== true) await this.#checkFits(metainfo);
  }

  async #checkFits(metainfo: Metainfo): Promise<void> {
    const wanted = selectedFiles(metainfo, this.#options);
    const files = storageFiles(metainfo, wanted === undefined ? undefined : new Set(wanted));
    await checkFreeSpace(
      this.#options.out,
      files.filter((file) => file.wanted !== false),
    );
  }

  async #orEndedEarly<T>(wanted: Promise<T>, ended: Promise<number>): Promise<T> {
    const first = await Promise.race([wanted, ended.then((exitCode) => ({ exitCode, isEnd: true }) as const)]);
    if (typeof first !== 'object' || first === null || !('isEnd' in first)) return first;
    const why = this.#client === undefined ? undefined : whyWaiting(this.#client);
    const because = why === undefined ? ', before the download could begin' : `: waiting for the metadata: ${why}`;
    throw new Failure(first.exitCode, `${this.#patienceOf(first.exitCode)}${because}`);
  }

  /** How long it was waited for what. */
  #patienceOf(exitCode: number): string {
    const { timeout = 0, stallTimeout = 0 } = this.#options;
    return exitCode === EXIT.tooSlow
      ? `nothing came for ${formatSeconds(stallTimeout / 1000)}`
      : `gave up after ${formatSeconds(timeout / 1000)}`;
  }

  #introduce({ name, infoHash, infoHashV2, contentLength, pieceCount }: Metainfo, port: number): void {
    // The live view begins with the same.
    if (!this.#output.isJson && this.#output.style !== 'plain') return;
    const text = `${name}: ${formatBytes(contentLength)} in ${counted(pieceCount, 'piece')}, listening on port ${port}`;
    const hashes = { infoHash: hex(infoHash) ?? null, infoHashV2: hex(infoHashV2) ?? null };
    this.#output.tell(
      0,
      'torrent',
      { name, ...hashes, contentLength, pieceCount, path: this.#options.out, port },
      text,
    );
  }

  #list(metainfo: Metainfo): number {
    this.#output.result('files', { files: filesAsJson(metainfo) }, fileList(metainfo).join('\n'));
    return EXIT.ok;
  }

  /** To seed is to give: what is missing is not fetched into somebody's folder unasked. */
  #checkWhole({ metainfo, status }: ClientTorrent): void {
    const missing = status.pieceCount - status.haveCount;
    if (missing === 0) return;
    const meant = status.haveCount === 0 ? meantFolder(this.#options.out, metainfo) : undefined;
    if (meant !== undefined) {
      const folder = `did you mean the folder above? unchoke seed ${shellWord(this.#source)} ${shellWord(meant)}`;
      throw new Failure(EXIT.unfinished, `${this.#options.out}: nothing of it is in there; ${folder}`);
    }
    const message =
      `${this.#options.out}: ${missing} of ${counted(status.pieceCount, 'piece')} missing or damaged there; ` +
      `\`unchoke verify\` names the files, \`unchoke download ${shellWord(this.#source)} -o ${shellWord(this.#options.out)}\` fetches them`;
    throw new Failure(EXIT.unfinished, message);
  }

  /** Settles when everything is done that was asked for. */
  async #goal(torrent: ClientTorrent): Promise<number> {
    const { seedRatio, seedTime } = this.#options;
    if (this.#purpose === 'download') {
      await torrent.done;
      this.#watchdogs.stop();
      if (seedRatio === undefined && seedTime === undefined) return EXIT.ok;
    }
    await torrent.seeded;
    return EXIT.ok;
  }

  /** Says why it ended, when it was not its goal. */
  async #explained(torrent: ClientTorrent, exitCode: number): Promise<number> {
    if (exitCode !== EXIT.timeout && exitCode !== EXIT.tooSlow) return exitCode;
    const { why } = torrent.status;
    this.#error = `${this.#patienceOf(exitCode)}${why === '' ? '' : `: ${why}`}`;
    if (this.#diskProblem === undefined) return exitCode;
    return (await isDiskFull(this.#options.out, torrent.metainfo.pieceLength)) ? EXIT.diskFull : EXIT.fileError;
  }

  #summarise(moment: ReturnType<typeof momentOf>, exitCode: number): void {
    const end = this.#end(exitCode, this.#error);
    if (this.#error !== undefined && !this.#output.isJson) process.stderr.write(`unchoke: ${printable(this.#error)}\n`);
    this.#output.result('summary', summaryFacts(end), summaryText(moment, end));
    const { style, isJson, paint } = this.#output;
    if (isJson || style !== 'bar' || this.#purpose !== 'download' || exitCode !== EXIT.ok) return;
    const again = `unchoke seed ${shellWord(this.#source)} ${shellWord(this.#options.out)}`;
    if (!isMagnet(this.#source) && !isWebAddress(this.#source))
      this.#output.line(paint('dim', `to give it to others: ${again}`));
  }

  #end(exitCode: number, error: string | undefined): RunEnd {
    const torrent = this.#torrent;
    return {
      source: this.#source,
      metainfo: torrent?.metainfo,
      moment: torrent === undefined ? undefined : momentOf(torrent),
      path: this.#options.out,
      elapsedMs: performance.now() - this.#startMs,
      exitCode,
      error,
    };
  }

  /** Saves what is verified and says goodbye, within a bound. Answers what of it failed. */
  async #close(): Promise<unknown> {
    this.#watchdogs.stop();
    this.#progress?.end();
    if (this.#client === undefined) return undefined;
    const closed = this.#client.close().catch((error: unknown) => ({ error }));
    const patience = setTimeout(() => this.#sayClosing(), PATIENCE_MS);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), CLOSE_MS);
    });
    const ended = await Promise.race([closed, late]);
    clearTimeout(timer);
    clearTimeout(patience);
    // What still holds the process is broken off once the last words are out.
    if (ended === 'late') setImmediate(() => process.exit());
    return typeof ended === 'object' ? ended.error : undefined;
  }

  #sayClosing(): void {
    const { isJson, style } = this.#output;
    const hasTrackers = this.#torrent === undefined || this.#torrent.status.trackers.length > 0;
    if (hasTrackers && !isJson && style !== 'none')
      this.#output.line('saying goodbye to trackers; Ctrl-C ends it at once');
  }
}

function parsedName(source: string | Metainfo): string {
  if (typeof source !== 'string') return source.name;
  const { name, infoHash, infoHashV2 } = parseMagnet(source);
  return name ?? hex(infoHash ?? infoHashV2)!;
}
