import { constants, existsSync } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { createTorrent } from '@unchoke/metainfo/node';
import { definite } from './definite.js';
import { thereAlready } from './failure.js';
import { formatBytes, hex, printable } from './format.js';
import { showHashing } from './hashing-progress.js';
import { infoAsJson } from './info.js';
import { Output, type OutputOptions } from './output.js';
import { StopSignals } from './stop-signals.js';

export interface CreateCommandOptions extends OutputOptions {
  readonly out?: string;
  readonly name?: string;
  readonly tracker: readonly string[];
  readonly webSeed: readonly string[];
  readonly comment?: string;
  readonly private?: boolean;
  readonly source?: string;
  readonly pieceLength?: number;
  readonly torrentVersion?: 'v1' | 'v2' | 'hybrid';
  readonly ignore: readonly string[];
  readonly date: boolean;
  readonly threads?: number;
}

/** Makes a torrent of a file or a folder. */
export async function create(path: string, options: CreateCommandOptions): Promise<void> {
  const output = new Output(options);
  const { out = `${basename(resolve(path))}.torrent`, tracker, ignore } = options;
  // Said before hours of hashing, not after.
  if (existsSync(out)) throw thereAlready(out);
  await access(dirname(resolve(out)), constants.W_OK);
  const stop = new StopSignals();
  const hashing = showHashing('hashing', output);
  try {
    const torrent = await createTorrent(path, {
      trackerTiers: tracker.map((url) => [url]),
      webSeeds: options.webSeed,
      isPrivate: options.private === true,
      ignore,
      signal: stop.signal,
      onProgress: ({ hashedBytes, totalBytes }) => hashing.at(hashedBytes, totalBytes),
      ...(options.date ? {} : { creationDate: undefined }),
      ...definite({
        name: options.name,
        comment: options.comment,
        source: options.source,
        pieceLength: options.pieceLength,
        version: options.torrentVersion,
        threadCount: options.threads,
      }),
    });
    hashing.end();
    for (const { path: skipped, reason } of torrent.skipped) {
      if (reason === 'symlink' || reason === 'not-a-file') output.warn(`left out: ${skipped} (${reason})`);
      else output.tell(1, 'left-out', { path: skipped, reason }, `left out: ${skipped} (${reason})`);
    }
    // Never over a file that has come meanwhile: it may be somebody's only copy of a torrent.
    await writeFile(out, torrent.bytes, { flag: 'wx' });
    const { infoHash, infoHashV2, contentLength, pieceCount } = torrent.metainfo;
    const text = `${printable(out)}: ${hex(infoHash ?? infoHashV2)}, ${formatBytes(contentLength)} in ${pieceCount} pieces`;
    output.result('created', { torrent: out, ...infoAsJson(torrent.metainfo) }, text);
  } catch (error) {
    hashing.end();
    throw stop.failureFor(error);
  } finally {
    stop.ignore();
  }
}
