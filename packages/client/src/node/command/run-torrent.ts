import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Metainfo } from '@unchoke/metainfo';
import type { PeerAddress } from '../../address-book.js';
import { Client, type ClientTorrent } from '../client.js';
import { storageFiles } from '../torrent-source.js';
import { EXIT } from './exit-codes.js';
import { exitCodeOf, Failure, messageOf } from './failure.js';
import { fileList, filesAsJson, type Selection, selectedFiles } from './file-list.js';
import { formatBytes, formatSeconds, hex, printable } from './format.js';
import { checkFreeSpace } from './free-space.js';
import { tellNotice } from './notices.js';
import { Output, type OutputOptions } from './output.js';
import { haveWords, momentOf, Progress } from './progress.js';
import { isMagnet, isWebAddress, type ReadOptions, readTorrentFile } from './read-torrent-file.js';
import { StopSignals } from './stop-signals.js';
import { shareRatio } from './torrent-view.js';
import { Watchdogs } from './watchdogs.js';

/** What `download` and `seed` have in common. */
export interface RunOptions extends OutputOptions, ReadOptions, Selection {
  readonly out: string;
  readonly port: number;
  readonly bind?: string;
  readonly peer: readonly PeerAddress[];
  readonly tracker: readonly string[];
  readonly trackers: boolean;
  readonly maxDownloadRate?: number;
  readonly maxUploadRate?: number;
  readonly seedRatio?: number;
  readonly seedTime?: number;
  readonly sequential?: boolean;
  readonly timeout?: number;
  readonly stallTimeout?: number;
  readonly stateDir?: string;
  readonly list?: boolean;
}

export type Purpose = 'download' | 'seed';

/** A run that does not end by itself after this is ended. Trackers get 4 seconds of it. */
const CLOSE_MS = 5_000;

/** Runs one torrent until it is complete, or for as long as it may seed. Answers the exit code. */
export async function runTorrent(source: string, options: RunOptions, purpose: Purpose): Promise<number> {
  const run = new TorrentRun(source, options, purpose);
  return run.run();
}

class TorrentRun {
  readonly #source: string;
  readonly #options: RunOptions;
  readonly #purpose: Purpose;
  readonly #output: Output;
  readonly #stop = new StopSignals(() => this.#progress?.abandon());
  readonly #watchdogs = new Watchdogs();
  readonly #startMs = performance.now();
  #progress: Progress | undefined;
  #torrent: ClientTorrent | undefined;

  constructor(source: string, options: RunOptions, purpose: Purpose) {
    this.#source = source;
    this.#options = options;
    this.#purpose = purpose;
    this.#output = new Output(options);
  }

  async run(): Promise<number> {
    let client: Client | undefined;
    try {
      const source = await this.#readSource();
      if (this.#options.list === true && typeof source !== 'string') return this.#list(source);
      client = this.#makeClient();
      const exitCode = await this.#runIn(client, source);
      this.#progress?.end();
      await this.#close(client);
      this.#summarise(exitCode);
      return exitCode;
    } catch (error) {
      this.#progress?.end();
      if (client !== undefined) await this.#close(client);
      const failure = this.#stop.failureFor(error);
      if (this.#output.isJson) this.#output.json('summary', this.#summary(exitCodeOf(failure), messageOf(failure)));
      throw failure;
    } finally {
      this.#watchdogs.stop();
      this.#stop.ignore();
    }
  }
}
